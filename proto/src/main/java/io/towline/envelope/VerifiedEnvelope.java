package io.towline.envelope;

import java.util.List;

/**
 * An envelope that has passed every refusal of {@link EnvelopeVerifier}, bodies included. Only the
 * verifier makes one: whoever takes this as an argument cannot be given anything unverified.
 * Immutable.
 */
public final class VerifiedEnvelope {
  private final VerifiedStatement statement;
  private final List<VerifiedBundle> bundles;

  VerifiedEnvelope(VerifiedStatement statement, List<VerifiedBundle> bundles) {
    this.statement = statement;
    this.bundles = List.copyOf(bundles);
  }

  /** What was signed. */
  public Statement statement() {
    return statement.statement();
  }

  /** Its bundles in the order of the statement. */
  public List<VerifiedBundle> bundles() {
    return bundles;
  }

  /** Its place in the order of the cluster's envelopes. */
  public Position position() {
    return statement.position();
  }

  /** The floor to keep before anything is applied. */
  public Floor floor() {
    return statement.floor();
  }
}
