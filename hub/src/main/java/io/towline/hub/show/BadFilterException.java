package io.towline.hub.show;

/** A filter that cannot be read. */
final class BadFilterException extends RuntimeException {
  private final int position;

  /**
   * @param position of the character at fault, from 1
   */
  BadFilterException(int position, String message) {
    super("character " + position + ": " + message);
    this.position = position;
  }

  int position() {
    return position;
  }
}
