package io.towline.envelope;

import io.towline.vocabulary.Reason;

/**
 * Something signed was not as it has to be. The message names the place and never carries a value
 * out of an object. Whoever catches it leaves the cluster as it is and decides by {@link
 * #reason()}.
 */
public final class VerificationException extends RuntimeException {
  private final Reason reason;

  public VerificationException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Which refusal it is. */
  public Reason reason() {
    return reason;
  }
}
