package io.towline.agent.enroll;

import io.towline.vocabulary.Reason;

/** State could not be stored, or what was stored is not what was written. Names the file. */
public final class StateException extends RuntimeException {
  private final transient Reason reason;

  public StateException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public StateException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** {@link Reason#STATE_NOT_STORED} or {@link Reason#TRUST_STATE_LOST}. */
  public Reason reason() {
    return reason;
  }
}
