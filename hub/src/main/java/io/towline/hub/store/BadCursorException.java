package io.towline.hub.store;

/** A cursor that no page of this order gave. */
public final class BadCursorException extends RuntimeException {
  public BadCursorException(String message) {
    super(message);
  }
}
