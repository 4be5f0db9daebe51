package io.towline.hub.sign;

import io.towline.vocabulary.Reason;

/** Something cannot be signed, or a key cannot be used. The message carries no key. */
public final class SignException extends RuntimeException {
  private final Reason reason;

  public SignException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public SignException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why, for the cluster's status. */
  public Reason reason() {
    return reason;
  }
}
