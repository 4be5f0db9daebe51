package io.towline.demo;

/** The demo cannot run as things are; the message tells a person what to change. */
final class CannotRun extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CannotRun(String message) {
    super(message);
  }
}
