package io.towline.testkit;

/**
 * Something that was waited for did not become so by its deadline. An {@link AssertionError}, so
 * that a test shows it as its own failure and not as a broken test bed.
 */
public final class NotInTime extends AssertionError {

  private static final long serialVersionUID = 1L;

  NotInTime(String message) {
    super(message);
  }
}
