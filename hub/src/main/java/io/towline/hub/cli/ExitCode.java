package io.towline.hub.cli;

/** How a command ends. Scripts rely on these. */
final class ExitCode {
  /** Done; the condition holds; nothing differs. */
  static final int DONE = 0;

  /** Only for commands that answer yes or no: no. */
  static final int NO = 1;

  /** Wrong usage. */
  static final int USAGE = 2;

  static final int NOT_FOUND = 3;

  /** No token, a wrong one, or not allowed. */
  static final int DENIED = 4;

  /** The hub does not answer. */
  static final int UNREACHABLE = 5;

  /** Something has to be done first. */
  static final int PRECONDITION = 6;

  /** Some of it failed. */
  static final int PARTLY = 7;

  static final int NOT_VERIFIED = 8;

  static final int TIMEOUT = 9;

  /** A fault of Towline's own. */
  static final int INTERNAL = 70;

  private ExitCode() {}
}
