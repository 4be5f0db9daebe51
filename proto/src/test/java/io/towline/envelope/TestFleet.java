package io.towline.envelope;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A whole little fleet: one cluster, one bundle of three objects, a root and two keys. */
final class TestFleet {
  static final UUID FLEET = UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001");
  static final UUID CLUSTER = UUID.fromString("c1f0a0de-0000-4000-8000-000000000001");
  static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");
  static final Instant ISSUED = Instant.parse("2026-11-23T08:00:00Z");
  static final TestKeys ROOT_KEY = TestKeys.ofSeed(1);
  static final TestKeys HUB_KEY = TestKeys.ofSeed(2);

  final Map<Digest, byte[]> bodies = new HashMap<>();
  final BundleManifest manifest;

  TestFleet() {
    manifest =
        new BundleManifest(
            "demo",
            List.of(
                entry("v1", "Namespace", "", "demo", ""),
                entry("v1", "ConfigMap", "demo", "a", ",\"data\":{\"k\":\"v\"}"),
                entry("apps/v1", "Deployment", "demo", "web", ",\"spec\":{\"replicas\":2}")),
            Policy.defaults(),
            List.of());
    keep(manifest.bytes());
  }

  ManifestEntry entry(String api, String kind, String namespace, String name, String more) {
    String metadata =
        namespace.isEmpty()
            ? "{\"name\":\"" + name + "\"}"
            : "{\"name\":\"" + name + "\",\"namespace\":\"" + namespace + "\"}";
    return entryOf(
        new ObjectRef(api, kind, namespace, name),
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":%s%s}"
            .formatted(api, kind, metadata, more));
  }

  ManifestEntry entryOf(ObjectRef ref, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return new ManifestEntry(ref, keep(bytes), bytes.length, 0, false);
  }

  Digest keep(byte[] body) {
    Digest digest = Digest.of(body);
    bodies.put(digest, body);
    return digest;
  }

  BodySource source() {
    return (digest, size) -> Optional.ofNullable(bodies.get(digest));
  }

  /** A statement over these manifests, whose bodies are kept. */
  static Statement statement(long sequence, BundleManifest... manifests) {
    List<BundleEntry> entries = new ArrayList<>();
    Collection<Digest> digests = new ArrayList<>();
    for (BundleManifest manifest : manifests) {
      byte[] bytes = manifest.bytes();
      entries.add(
          new BundleEntry(
              manifest.bundle(),
              manifest.digest().shortHex(),
              new SourceInfo(
                  "fleet",
                  "https://git.example.invalid/fleet.git",
                  "refs/heads/main",
                  "0".repeat(40),
                  "apps/" + manifest.bundle(),
                  ""),
              List.of(),
              manifest.digest(),
              bytes.length));
      digests.add(manifest.digest());
      manifest.objects().forEach(entry -> digests.add(entry.digest()));
    }
    return new Statement(
        Statement.SPEC_VERSION,
        List.of(),
        FLEET,
        CLUSTER,
        "store-0107",
        1,
        sequence,
        1,
        ISSUED,
        ISSUED.plus(Duration.ofHours(24)),
        sequence > 1
            ? Optional.of(new Previous(sequence - 1, Digest.of(new byte[] {1})))
            : Optional.empty(),
        manifests.length == 0 ? Intent.CLEAR : Intent.APPLY,
        List.of(new Deletion("demo", new ObjectRef("v1", "ConfigMap", "demo", "old"), 1)),
        entries,
        ObjectsIndex.digestOf(digests));
  }

  static RootDocument root(
      long version, long epoch, KeyRole root, List<EnvelopeRole> envelope, TestKeys... keys) {
    Map<String, SigningKey> known = new HashMap<>();
    for (TestKeys key : keys) {
      known.put(key.id(), key.key());
    }
    Instant issued = Instant.parse("2026-11-23T00:00:00Z");
    return new RootDocument(
        FLEET, version, epoch, issued, issued.plus(Duration.ofDays(180)), known, root, envelope);
  }

  static RootDocument root() {
    return root(
        1,
        1,
        new KeyRole(List.of(ROOT_KEY.id()), 1),
        List.of(
            new EnvelopeRole(
                "all", List.of(EnvelopeRole.ALL_OTHERS), new KeyRole(List.of(HUB_KEY.id()), 1), 7)),
        ROOT_KEY,
        HUB_KEY);
  }

  static TrustedRoot trust(RootDocument root, TestKeys... keys) {
    byte[] payload = root.bytes();
    return RootChain.pinned(
        TestKeys.envelope(RootDocument.PAYLOAD_TYPE, payload, keys), Digest.of(payload));
  }

  static TrustedRoot trusted() {
    return trust(root(), ROOT_KEY);
  }

  static byte[] sealed(byte[] payload, TestKeys... keys) {
    return TestKeys.envelope(Statement.PAYLOAD_TYPE, payload, keys);
  }

  static EnvelopeVerifier verifier() {
    return new EnvelopeVerifier(FLEET, CLUSTER);
  }
}
