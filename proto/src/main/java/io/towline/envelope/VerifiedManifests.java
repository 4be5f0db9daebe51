package io.towline.envelope;

import java.util.List;

/**
 * A verified statement with its manifests, which are all there and are those that were signed; the
 * objects are still to be checked. Only {@link EnvelopeVerifier} makes one. Immutable.
 */
public final class VerifiedManifests {
  private final VerifiedStatement statement;
  private final List<VerifiedBundle> bundles;

  VerifiedManifests(VerifiedStatement statement, List<VerifiedBundle> bundles) {
    this.statement = statement;
    this.bundles = List.copyOf(bundles);
  }

  /** The bundles in the order of the statement. */
  public List<VerifiedBundle> bundles() {
    return bundles;
  }

  VerifiedStatement statement() {
    return statement;
  }
}
