package io.towline.hub.resolve;

import io.towline.vocabulary.Reason;

/** A file could not be read as YAML. Says where, in one sentence, without what stands there. */
public final class DeclarationException extends RuntimeException {
  private final Reason reason;
  private final Position position;
  private final String sentence;

  public DeclarationException(Reason reason, Position position, String message) {
    super(message);
    this.reason = reason;
    this.position = position;
    this.sentence = message;
  }

  /** LIMIT_EXCEEDED, or the reason that the reader was given for malformed input. */
  public Reason reason() {
    return reason;
  }

  /** Where in the file. */
  public Position position() {
    return position;
  }

  /** The same as a value, for a report. */
  public Problem problem(String bundle, String file) {
    return new Problem(bundle, file, position.line(), position.column(), "", reason, sentence);
  }
}
