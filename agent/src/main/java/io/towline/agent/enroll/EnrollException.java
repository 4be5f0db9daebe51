package io.towline.agent.enroll;

/**
 * The agent cannot find out who it is, or how to reach its hub. The message says what to do, and
 * holds no secret.
 */
public final class EnrollException extends RuntimeException {
  public EnrollException(String message) {
    super(message);
  }

  public EnrollException(String message, Throwable cause) {
    super(message, cause);
  }
}
