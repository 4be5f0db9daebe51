package io.towline.hub.enroll;

/** A registration that names something no cluster can have. Changing the request helps. */
public final class RegistrationException extends RuntimeException {
  private final String field;

  public RegistrationException(String field, String message) {
    super(message);
    this.field = field;
  }

  /** The field of the request at fault. */
  public String field() {
    return field;
  }
}
