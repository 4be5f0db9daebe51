package io.towline.agent.unseal;

import io.towline.vocabulary.Reason;
import java.util.Objects;

/** A sealed object cannot be opened. Its message names places and recipients, never a value. */
public final class UnsealException extends RuntimeException {
  private final Reason reason;

  UnsealException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason);
  }

  /** SEAL_INVALID, SEAL_BROKEN or SEALED_FOR_OTHERS. */
  public Reason reason() {
    return reason;
  }
}
