package io.towline.agent.unseal;

import java.util.Objects;

/** An age file cannot be opened. Says what is wrong with it and nothing of what it holds. */
final class AgeException extends Exception {
  /** In the words of C2SP's test vectors. */
  enum Kind {
    ARMOR,
    HEADER,
    NO_MATCH,
    HMAC,
    PAYLOAD
  }

  private final Kind kind;

  AgeException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind);
  }

  Kind kind() {
    return kind;
  }
}
