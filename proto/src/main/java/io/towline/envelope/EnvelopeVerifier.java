package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The refusals of an envelope, in the order of trust; the first that holds decides the reason, and
 * no exception means verified. Nothing is read from a payload before its signatures are checked,
 * and nothing outside the payload counts. The numbers beside the calls are those of the list in
 * {@code docs/verify.md}; keeping roots (3), the guard rails of the cluster's owner (15) and
 * keeping the floor (16) are the agent's. Stateless and thread-safe.
 */
public final class EnvelopeVerifier {
  /** How far in the future an envelope may be issued, and how far clocks may differ unsaid. */
  public static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

  private final UUID fleet;
  private final UUID cluster;

  /** A verifier for the one cluster that the caller is enrolled as. */
  public EnvelopeVerifier(UUID fleet, UUID cluster) {
    this.fleet = fleet;
    this.cluster = cluster;
  }

  /**
   * Checks everything but the bodies.
   *
   * @param dsse the envelope as it was received
   * @param trusted the newest root
   * @param floor the last accepted place and time
   * @param now the local clock
   * @throws VerificationException with the first reason to refuse it
   */
  public VerifiedStatement verify(byte[] dsse, TrustedRoot trusted, Floor floor, Instant now) {
    return verify(Dsse.parse(dsse), trusted, floor, now);
  }

  /**
   * As {@link #verify(byte[], TrustedRoot, Floor, Instant)}, for whoever looks for newer roots
   * between the envelope's shape and its signatures.
   */
  public VerifiedStatement verify(Dsse envelope, TrustedRoot trusted, Floor floor, Instant now) {
    return verify(envelope, trusted, floor, now, true);
  }

  /**
   * For whoever is about to sign: as {@link #verify} in everything but the number of signatures,
   * and all bodies.
   *
   * @throws VerificationException with the first reason not to sign it
   */
  public UnsignedEnvelope verifyUnsigned(
      byte[] dsse, TrustedRoot trusted, Floor floor, Instant now, BodySource bodies) {
    VerifiedEnvelope checked =
        verifyBodies(verify(Dsse.parse(dsse), trusted, floor, now, false), bodies);
    return new UnsignedEnvelope(checked.statement(), checked.bundles());
  }

  private VerifiedStatement verify(
      Dsse envelope, TrustedRoot trusted, Floor floor, Instant now, boolean countSigners) {
    RootDocument root = trusted.document();
    Instant time = later(now, floor.time()); // 1
    // 2, the envelope's shape, is what makes a Dsse; 3, newer roots, is the caller's.
    StatementRefusals.expiredRoot(root, time); // 4
    EnvelopeRole role = StatementRefusals.missingScope(root, cluster); // 5
    StatementRefusals.otherPayloadType(envelope); // 6
    if (countSigners) {
      StatementRefusals.tooFewSigners(envelope, root, role); // 7
    }
    Statement statement = Statement.parse(envelope.payload()); // 8
    Position position = new Position(statement.epoch(), statement.sequence(), envelope.digest());
    StatementRefusals.otherFleet(statement, fleet); // 9
    StatementRefusals.otherCluster(statement, cluster);
    StatementRefusals.unknownRootVersion(statement, root); // 10
    StatementRefusals.otherEpoch(statement, root, floor);
    StatementRefusals.rollback(position, floor);
    StatementRefusals.equivocation(position, floor);
    StatementRefusals.brokenChain(statement, floor);
    StatementRefusals.notYetValid(statement, time.plus(CLOCK_TOLERANCE)); // 11
    StatementRefusals.livesTooLong(statement, role);
    StatementRefusals.expired(statement, time);
    StatementRefusals.tooMuch(statement); // 12, of what the statement says itself
    return new VerifiedStatement(
        statement,
        position,
        new Floor(
            position.epoch(),
            position.sequence(),
            Optional.of(position.payload()),
            later(statement.issuedAt(), floor.time())));
  }

  /**
   * Checks an envelope that was verified whole before and is read back from disk, as after a
   * restart: its payload has to be the very one of the floor. Keys, roots and expiry are not asked
   * again, since what a cluster runs is not to change because time passes or a key retires.
   *
   * @throws VerificationException {@code TrustStateLost} if it is another payload
   */
  public VerifiedStatement verifyHeld(byte[] dsse, Floor floor) {
    Dsse envelope = Dsse.parse(dsse);
    if (!floor.payload().equals(Optional.of(envelope.digest()))) {
      throw new VerificationException(
          Reason.TRUST_STATE_LOST, "the stored envelope is not the one that was accepted last");
    }
    StatementRefusals.otherPayloadType(envelope);
    Statement statement = Statement.parse(envelope.payload());
    StatementRefusals.otherFleet(statement, fleet);
    StatementRefusals.otherCluster(statement, cluster);
    Position position = new Position(statement.epoch(), statement.sequence(), envelope.digest());
    if (position.epoch() != floor.epoch() || position.sequence() != floor.sequence()) {
      throw new VerificationException(
          Reason.TRUST_STATE_LOST, "the stored floor contradicts the stored envelope");
    }
    StatementRefusals.tooMuch(statement);
    return new VerifiedStatement(statement, position, floor);
  }

  /**
   * Checks the bodies: the manifests first, then every object, each read once and let go.
   *
   * @throws VerificationException with the first reason to refuse it
   */
  public VerifiedEnvelope verifyBodies(VerifiedStatement verified, BodySource bodies) {
    return verifyObjects(verifyManifests(verified, bodies), bodies, Optional.empty());
  }

  /**
   * Checks the manifests of a verified statement, so that the objects that they name can be
   * fetched: that they are there and are what was signed, what they sum up to, and that statement
   * and manifests name the same bodies.
   *
   * @throws VerificationException with the first reason to refuse it
   */
  public VerifiedManifests verifyManifests(VerifiedStatement verified, BodySource bodies) {
    Statement statement = verified.statement();
    List<VerifiedBundle> bundles =
        statement.bundles().stream()
            .map(entry -> BodyRefusals.otherManifest(entry, bodies)) // 8 and 14, of each manifest
            .toList();
    BodyRefusals.tooMuch(bundles); // 12, of what the manifests say
    BodyRefusals.otherIndex(statement, bundles); // 13
    return new VerifiedManifests(verified, bundles);
  }

  /**
   * Checks the objects, without reading one again that an envelope before had under the same name
   * with the same digest: its bytes were checked then, and whoever reads them later checks the
   * digest again. One changed object of a thousand costs one reading.
   *
   * @param before an envelope whose bodies are still kept; empty if there is none
   * @throws VerificationException with the first reason to refuse it
   */
  public VerifiedEnvelope verifyObjects(
      VerifiedManifests manifests, BodySource bodies, Optional<VerifiedEnvelope> before) {
    Set<ManifestEntry> known = new HashSet<>();
    before.ifPresent(
        envelope -> envelope.bundles().forEach(b -> known.addAll(b.manifest().objects())));
    Set<ObjectIdentity> seen = new HashSet<>();
    for (VerifiedBundle bundle : manifests.bundles()) {
      for (ManifestEntry entry : bundle.manifest().objects()) {
        if (!known.contains(entry)) {
          BodyRefusals.otherObject(entry, bodies); // 14: missing, size, digest, identity
        }
        BodyRefusals.duplicate(entry.ref(), seen); // 14
      }
    }
    return new VerifiedEnvelope(manifests.statement(), manifests.bundles());
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
