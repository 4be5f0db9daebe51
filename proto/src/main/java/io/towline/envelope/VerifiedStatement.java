package io.towline.envelope;

/**
 * A statement whose signatures, addressee, place in the order and times {@link EnvelopeVerifier}
 * has checked; its bodies are still to be checked. Only the verifier makes one. Immutable.
 */
public final class VerifiedStatement {
  private final Statement statement;
  private final Position position;
  private final Floor floor;

  VerifiedStatement(Statement statement, Position position, Floor floor) {
    this.statement = statement;
    this.position = position;
    this.floor = floor;
  }

  /** What was signed. */
  public Statement statement() {
    return statement;
  }

  /** Its place in the order of the cluster's envelopes. */
  public Position position() {
    return position;
  }

  /** The floor to keep once the bodies are verified too, and before anything is applied. */
  public Floor floor() {
    return floor;
  }
}
