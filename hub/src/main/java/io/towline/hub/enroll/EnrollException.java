package io.towline.hub.enroll;

import io.towline.vocabulary.Reason;

/**
 * An agent is not let in, or gets no certificate. The message is for people and holds no secret.
 */
public final class EnrollException extends RuntimeException {
  private final transient Reason reason;

  public EnrollException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** The reason with the words that explain it. */
  public EnrollException(Reason reason) {
    this(reason, reason.explanation());
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
