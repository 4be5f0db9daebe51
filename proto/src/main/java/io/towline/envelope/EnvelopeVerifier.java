package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The refusals of an envelope, in the order of trust; the first that holds decides the reason, and
 * no exception means verified. Nothing is read from a payload before its signatures are checked,
 * and nothing outside the payload counts. Keeping roots and floors, and the guard rails of the
 * cluster's owner, are not here. Stateless and thread-safe.
 */
public final class EnvelopeVerifier {
  /** How far in the future an envelope may be issued: clocks differ. */
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
    return verify(dsse, trusted, floor, now, true);
  }

  /**
   * For whoever is about to sign: as {@link #verify} in everything but the number of signatures,
   * and all bodies.
   *
   * @throws VerificationException with the first reason not to sign it
   */
  public UnsignedEnvelope verifyUnsigned(
      byte[] dsse, TrustedRoot trusted, Floor floor, Instant now, BodySource bodies) {
    VerifiedEnvelope checked = verifyBodies(verify(dsse, trusted, floor, now, false), bodies);
    return new UnsignedEnvelope(checked.statement(), checked.bundles());
  }

  private VerifiedStatement verify(
      byte[] dsse, TrustedRoot trusted, Floor floor, Instant now, boolean countSigners) {
    RootDocument root = trusted.document();
    Instant time = now.isAfter(floor.time()) ? now : floor.time();

    Dsse envelope = Dsse.parse(dsse);
    refuseExpiredRoot(root, time);
    EnvelopeRole role = roleForThisCluster(root);
    refusePayloadType(envelope);
    if (countSigners) {
      refuseTooFewSigners(envelope, root, role);
    }
    Statement statement = Statement.parse(envelope.payload());
    refuseOtherAddressee(statement);
    Position position = new Position(statement.epoch(), statement.sequence(), envelope.digest());
    refuseRootAndEpoch(statement, root);
    refuseOrder(statement, position, floor);
    refuseTimes(statement, role, time);
    refuseSizes(statement);
    Instant nextTime =
        statement.issuedAt().isAfter(floor.time()) ? statement.issuedAt() : floor.time();
    return new VerifiedStatement(
        statement,
        position,
        new Floor(
            position.epoch(), position.sequence(), Optional.of(position.payload()), nextTime));
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
    refusePayloadType(envelope);
    Statement statement = Statement.parse(envelope.payload());
    refuseOtherAddressee(statement);
    Position position = new Position(statement.epoch(), statement.sequence(), envelope.digest());
    if (position.epoch() != floor.epoch() || position.sequence() != floor.sequence()) {
      throw new VerificationException(
          Reason.TRUST_STATE_LOST, "the stored floor contradicts the stored envelope");
    }
    refuseSizes(statement);
    return new VerifiedStatement(statement, position, floor);
  }

  /**
   * Checks the bodies: every manifest first, then every object, each read once and let go.
   *
   * @throws VerificationException with the first reason to refuse it
   */
  public VerifiedEnvelope verifyBodies(VerifiedStatement verified, BodySource bodies) {
    return verifyBodies(verified, bodies, Optional.empty());
  }

  /**
   * As {@link #verifyBodies(VerifiedStatement, BodySource)}, without reading an object again that
   * an envelope before had under the same name with the same digest: its bytes were checked then,
   * and whoever reads them later checks the digest again. One changed object of a thousand costs
   * one reading.
   *
   * @param before an envelope whose bodies are still kept; empty if there is none
   */
  public VerifiedEnvelope verifyBodies(
      VerifiedStatement verified, BodySource bodies, Optional<VerifiedEnvelope> before) {
    Set<ManifestEntry> known = new HashSet<>();
    before.ifPresent(
        envelope -> envelope.bundles().forEach(b -> known.addAll(b.manifest().objects())));
    Statement statement = verified.statement();
    List<VerifiedBundle> bundles = new ArrayList<>();
    for (BundleEntry entry : statement.bundles()) {
      bundles.add(verifyManifest(entry, bodies));
    }
    refuseAmounts(bundles);
    refuseIndex(statement, bundles);
    Set<ObjectIdentity> seen = new HashSet<>();
    for (VerifiedBundle bundle : bundles) {
      for (ManifestEntry entry : bundle.manifest().objects()) {
        if (!seen.add(entry.ref().identity())) {
          throw new VerificationException(
              Reason.OBJECT_DUPLICATE, entry.ref() + " stands in the envelope twice");
        }
        if (!known.contains(entry)) {
          verifyObject(entry, bodies);
        }
      }
    }
    return new VerifiedEnvelope(verified, bundles);
  }

  /**
   * Checks one manifest of a verified statement, so that its objects can be fetched.
   *
   * @throws VerificationException {@code ObjectMissing}, {@code ObjectDigestMismatch}, or as {@link
   *     BundleManifest#parse}
   */
  public VerifiedBundle verifyManifest(BundleEntry entry, BodySource bodies) {
    String what = "the manifest of bundle " + entry.name();
    byte[] bytes = signedBody(what, entry.manifest(), entry.manifestSize(), bodies);
    BundleManifest manifest = BundleManifest.parse(bytes);
    if (!manifest.bundle().equals(entry.name())) {
      throw new VerificationException(
          Reason.STATEMENT_MALFORMED, what + " is that of another bundle");
    }
    return new VerifiedBundle(entry.name(), manifest, entry);
  }

  /** TUF 5.3.10: only the newest root's expiry counts. */
  private static void refuseExpiredRoot(RootDocument root, Instant time) {
    if (!time.isBefore(root.expiresAt())) {
      throw new VerificationException(
          Reason.ROOT_EXPIRED,
          "root version " + root.version() + " expired at " + root.expiresAt());
    }
  }

  /** A role that names the cluster ends the search (TUF's terminating delegation). */
  private EnvelopeRole roleForThisCluster(RootDocument root) {
    return root.roleFor(cluster)
        .orElseThrow(
            () ->
                new VerificationException(
                    Reason.SCOPE_MISSING,
                    "root version " + root.version() + " has no envelope role for this cluster"));
  }

  /** DSSE protocol: the type is authenticated, and what it says decides how the payload is read. */
  private static void refusePayloadType(Dsse envelope) {
    if (!envelope.payloadType().equals(Statement.PAYLOAD_TYPE)) {
      throw new VerificationException(
          Reason.PAYLOAD_TYPE_WRONG, "the payload type is not " + Statement.PAYLOAD_TYPE);
    }
  }

  /** DSSE protocol: a threshold of distinct keys. */
  private static void refuseTooFewSigners(Dsse envelope, RootDocument root, EnvelopeRole role) {
    int signed = Threshold.signers(envelope, root.keysOf(role.keys())).size();
    if (signed < role.keys().threshold()) {
      throw new VerificationException(
          Reason.SIGNATURE_INVALID,
          signed
              + " of the "
              + role.keys().threshold()
              + " signatures that role "
              + role.name()
              + " of root version "
              + root.version()
              + " asks for");
    }
  }

  private void refuseOtherAddressee(Statement statement) {
    if (!statement.fleet().equals(fleet)) {
      throw new VerificationException(
          Reason.WRONG_FLEET, "the envelope is for fleet " + statement.fleet());
    }
    if (!statement.cluster().equals(cluster)) {
      throw new VerificationException(
          Reason.WRONG_CLUSTER, "the envelope is for cluster " + statement.cluster());
    }
  }

  /** A newer root may have taken a key away; an older one was followed to get here. */
  private static void refuseRootAndEpoch(Statement statement, RootDocument root) {
    if (statement.rootVersion() > root.version()) {
      throw new VerificationException(
          Reason.ROOT_VERSION_MISMATCH,
          "signed under root version "
              + statement.rootVersion()
              + ", the newest one here is "
              + root.version());
    }
    if (statement.epoch() != root.epoch()) {
      throw new VerificationException(
          Reason.EPOCH_MISMATCH,
          "the envelope is of epoch " + statement.epoch() + ", the root of " + root.epoch());
    }
  }

  private static void refuseOrder(Statement statement, Position position, Floor floor) {
    if (position.epoch() > floor.epoch()) {
      return; // A new epoch starts its sequences anew.
    }
    if (position.epoch() < floor.epoch()) {
      throw new VerificationException(
          Reason.EPOCH_MISMATCH,
          "epoch " + position.epoch() + " is over, " + floor.epoch() + " was accepted");
    }
    if (position.sequence() < floor.sequence()) {
      throw new VerificationException(
          Reason.SEQUENCE_ROLLBACK,
          "sequence " + position.sequence() + " is below " + floor.sequence());
    }
    Optional<Digest> held = floor.payload();
    if (held.isEmpty()) {
      return;
    }
    if (position.sequence() == floor.sequence() && !position.payload().equals(held.get())) {
      throw new VerificationException(
          Reason.EQUIVOCATION,
          "sequence " + position.sequence() + " was accepted with another content");
    }
    boolean broken =
        statement
            .previous()
            .filter(previous -> previous.sequence() == floor.sequence())
            .filter(previous -> !previous.payload().equals(held.get()))
            .isPresent();
    if (broken) {
      throw new VerificationException(
          Reason.CHAIN_BROKEN,
          "the envelope follows another sequence " + floor.sequence() + " than the one held");
    }
  }

  private static void refuseTimes(Statement statement, EnvelopeRole role, Instant time) {
    if (statement.issuedAt().isAfter(time.plus(CLOCK_TOLERANCE))) {
      throw new VerificationException(
          Reason.ENVELOPE_NOT_YET_VALID, "the envelope is issued at " + statement.issuedAt());
    }
    Duration life = Duration.between(statement.issuedAt(), statement.expiresAt());
    if (life.compareTo(role.maxLifetime()) > 0) {
      throw new VerificationException(
          Reason.LIFETIME_TOO_LONG,
          "the envelope lives longer than " + role.maxLifetimeDays() + " days");
    }
    if (!time.isBefore(statement.expiresAt())) {
      throw new VerificationException(
          Reason.ENVELOPE_EXPIRED, "the envelope expired at " + statement.expiresAt());
    }
  }

  private static void refuseSizes(Statement statement) {
    for (BundleEntry entry : statement.bundles()) {
      if (entry.manifestSize() > Limits.STATEMENT_BYTES) {
        throw new VerificationException(
            Reason.LIMIT_EXCEEDED,
            "the manifest of bundle "
                + entry.name()
                + " is larger than "
                + Limits.STATEMENT_BYTES
                + " bytes");
      }
    }
  }

  private static void refuseAmounts(List<VerifiedBundle> bundles) {
    long objects = 0;
    long bytes = 0;
    for (VerifiedBundle bundle : bundles) {
      for (ManifestEntry entry : bundle.manifest().objects()) {
        if (entry.size() > Limits.OBJECT_BYTES) {
          throw new VerificationException(
              Reason.LIMIT_EXCEEDED,
              entry.ref() + " is larger than " + Limits.OBJECT_BYTES + " bytes");
        }
        objects++;
        bytes += entry.size();
      }
    }
    if (objects > Limits.OBJECTS || bytes > Limits.TOTAL_BYTES) {
      throw new VerificationException(
          Reason.LIMIT_EXCEEDED,
          "the envelope has more than "
              + Limits.OBJECTS
              + " objects or "
              + Limits.TOTAL_BYTES
              + " bytes");
    }
  }

  /** The statement's one subject binds every manifest and object to it (in-toto Statement v1). */
  private static void refuseIndex(Statement statement, List<VerifiedBundle> bundles) {
    Set<Digest> digests = new HashSet<>();
    for (VerifiedBundle bundle : bundles) {
      digests.add(bundle.entry().manifest());
      bundle.manifest().objects().forEach(entry -> digests.add(entry.digest()));
    }
    if (!ObjectsIndex.digestOf(digests).equals(statement.index())) {
      throw new VerificationException(
          Reason.INDEX_MISMATCH, "the subject is not the index of the statement's manifests");
    }
  }

  private static void verifyObject(ManifestEntry entry, BodySource bodies) {
    byte[] bytes = signedBody(entry.ref().toString(), entry.digest(), entry.size(), bodies);
    ObjectNode object = ObjectJson.read(bytes, Reason.OBJECT_IDENTITY_MISMATCH);
    refuseOtherIdentity(entry.ref(), object);
    if (entry.sealed() && !SealedObject.isSealed(object)) {
      throw new VerificationException(
          Reason.OBJECT_IDENTITY_MISMATCH, entry.ref() + " is said to be sealed and is not");
    }
  }

  private static byte[] signedBody(String what, Digest digest, long size, BodySource bodies) {
    byte[] bytes =
        bodies
            .body(digest, size)
            .orElseThrow(
                () ->
                    new VerificationException(Reason.OBJECT_MISSING, what + " was not delivered"));
    if (bytes.length != size) {
      throw new VerificationException(
          Reason.OBJECT_DIGEST_MISMATCH, what + " is not as large as was signed");
    }
    if (!Digest.of(bytes).equals(digest)) {
      throw new VerificationException(
          Reason.OBJECT_DIGEST_MISMATCH, what + " is not what was signed");
    }
    return bytes;
  }

  private static void refuseOtherIdentity(ObjectRef ref, ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    boolean same =
        ref.apiVersion().equals(object.path("apiVersion").textValue())
            && ref.kind().equals(object.path("kind").textValue())
            && ref.name().equals(metadata.path("name").textValue())
            && ref.namespace().equals(namespaceOf(metadata));
    if (!same) {
      throw new VerificationException(
          Reason.OBJECT_IDENTITY_MISMATCH, ref + " is not the object that its body holds");
    }
    boolean list = ref.kind().endsWith("List") && object.path("items").isArray();
    if (list || metadata.has("generateName") || metadata.has("managedFields")) {
      throw new VerificationException(
          Reason.OBJECT_IDENTITY_MISMATCH,
          ref + " is a list, or has a generated name or managed fields");
    }
  }

  private static String namespaceOf(JsonNode metadata) {
    JsonNode namespace = metadata.path("namespace");
    // Something that is not a text matches no reference.
    return metadata.has("namespace") ? namespace.asText("\0") : "";
  }
}
