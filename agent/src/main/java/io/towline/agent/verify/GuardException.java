package io.towline.agent.verify;

/** The guard rails are not as their owner wrote them; the message begins with the property. */
public final class GuardException extends RuntimeException {
  public GuardException(String message) {
    super(message);
  }
}
