package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * An envelope on its way to a verifier, with everything that the verifier is asked with, each part
 * still to be bent. Unbent, it is accepted.
 */
final class Attempt {
  private static final Instant ROOT_ISSUED = Instant.parse("2026-11-23T00:00:00Z");

  /** The object that is bent; it is neither the first nor the last of the manifest. */
  private static final ObjectRef TARGET = new ObjectRef("v1", "ConfigMap", "demo", "a");

  final TestFleet fleet = new TestFleet();
  final List<Consumer<ObjectNode>> statement = new ArrayList<>();
  final List<UnaryOperator<ManifestEntry>> entries = new ArrayList<>();
  final List<Consumer<ObjectNode>> manifest = new ArrayList<>();
  final List<ManifestEntry> more = new ArrayList<>();
  String payloadType = Statement.PAYLOAD_TYPE;
  TestKeys key = TestFleet.HUB_KEY;
  String scope = EnvelopeRole.ALL_OTHERS;
  long rootEpoch = 1;
  boolean rootExpired;
  boolean cut;
  boolean afterExpiry;
  boolean beforeIssue;
  Duration life = Duration.ofHours(24);
  long floorSequence = 41;
  Digest floorPayload = Digest.of(new byte[] {1});
  Delivery manifestDelivery = Delivery.WHOLE;
  Delivery objectDelivery = Delivery.WHOLE;

  /** How a body comes. */
  enum Delivery {
    WHOLE,
    MISSING,
    CHANGED
  }

  ObjectNode predicate(ObjectNode json) {
    return (ObjectNode) json.path("predicate");
  }

  /** Replaces what the manifest says of the target. */
  void entry(UnaryOperator<ManifestEntry> change) {
    entries.add(change);
  }

  /** What a verifier decides: empty if it accepts. */
  Optional<Reason> verdict() {
    List<ManifestEntry> objects = new ArrayList<>(more);
    for (ManifestEntry entry : fleet.manifest.objects()) {
      ManifestEntry bent = entry;
      for (UnaryOperator<ManifestEntry> change : entries) {
        bent = entry.ref().equals(TARGET) ? change.apply(bent) : bent;
      }
      objects.add(bent);
    }
    BundleManifest whole = new BundleManifest("demo", objects, fleet.manifest.policy());
    byte[] manifestBytes = bent(whole.bytes(), manifest);
    Digest manifestDigest = fleet.keep(manifestBytes);
    byte[] payload = payload(whole, manifestBytes);
    Instant issued = TestFleet.ISSUED;
    Instant now =
        afterExpiry
            ? issued.plus(life)
            : beforeIssue
                ? issued.minus(EnvelopeVerifier.CLOCK_TOLERANCE).minusSeconds(1)
                : TestFleet.NOW;
    byte[] dsse = TestKeys.envelope(payloadType, payload, key);
    byte[] sent = cut ? Arrays.copyOf(dsse, dsse.length - 1) : dsse;
    Map<Digest, byte[]> delivered = new HashMap<>(fleet.bodies);
    deliver(delivered, manifestDigest, manifestDelivery);
    objects.stream()
        .filter(entry -> entry.ref().equals(TARGET))
        .forEach(entry -> deliver(delivered, entry.digest(), objectDelivery));
    EnvelopeVerifier verifier = TestFleet.verifier();
    try {
      verifier.verifyBodies(
          verifier.verify(
              sent,
              root(now),
              new Floor(1, floorSequence, Optional.of(floorPayload), Instant.EPOCH),
              now),
          (digest, size) -> Optional.ofNullable(delivered.get(digest)));
      return Optional.empty();
    } catch (VerificationException e) {
      return Optional.of(e.reason());
    }
  }

  private byte[] payload(BundleManifest whole, byte[] manifestBytes) {
    ObjectNode json = ObjectJson.read(TestFleet.statement(42, whole).bytes());
    predicate(json).put("expiresAt", TestFleet.ISSUED.plus(life).toString());
    ObjectNode body = (ObjectNode) predicate(json).path("bundles").get(0).path("manifest");
    body.put("size", manifestBytes.length);
    ((ObjectNode) body.path("digest")).put("sha256", Digest.of(manifestBytes).hex());
    List<Digest> digests = new ArrayList<>(List.of(Digest.of(manifestBytes)));
    whole.objects().forEach(entry -> digests.add(entry.digest()));
    ((ObjectNode) json.path("subject").get(0).path("digest"))
        .put("sha256", ObjectsIndex.digestOf(digests).hex());
    return bent(ObjectJson.write(json), statement);
  }

  private TrustedRoot root(Instant now) {
    RootDocument root =
        new RootDocument(
            TestFleet.FLEET,
            1,
            rootEpoch,
            ROOT_ISSUED,
            rootExpired ? now : ROOT_ISSUED.plus(Duration.ofDays(180)),
            Map.of(
                TestFleet.ROOT_KEY.id(),
                TestFleet.ROOT_KEY.key(),
                TestFleet.HUB_KEY.id(),
                TestFleet.HUB_KEY.key()),
            new KeyRole(List.of(TestFleet.ROOT_KEY.id()), 1),
            List.of(
                new EnvelopeRole(
                    "role", List.of(scope), new KeyRole(List.of(TestFleet.HUB_KEY.id()), 1), 7)));
    return TestFleet.trust(root, TestFleet.ROOT_KEY);
  }

  private static byte[] bent(byte[] json, List<Consumer<ObjectNode>> changes) {
    ObjectNode document = ObjectJson.read(json);
    changes.forEach(change -> change.accept(document));
    return ObjectJson.write(document);
  }

  private static void deliver(Map<Digest, byte[]> delivered, Digest digest, Delivery how) {
    switch (how) {
      case WHOLE -> {}
      case MISSING -> delivered.remove(digest);
      case CHANGED ->
          delivered.computeIfPresent(
              digest,
              (same, body) -> {
                byte[] changed = body.clone();
                changed[body.length / 2] ^= 1;
                return changed;
              });
    }
  }

  static String other() {
    return UUID.nameUUIDFromBytes(new byte[] {7}).toString();
  }
}
