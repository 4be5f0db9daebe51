package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Manifests and objects: all of exactly one statement, or nothing. */
class BodiesTest {
  private final TestFleet fleet = new TestFleet();
  private final EnvelopeVerifier verifier = TestFleet.verifier();

  @Test
  void refusesEachBodyThatIsMissingChangedShorterOrLonger() {
    VerifiedStatement statement = verified(fleet.manifest);
    for (Digest digest : List.copyOf(fleet.bodies.keySet())) {
      byte[] body = Objects.requireNonNull(fleet.bodies.get(digest));
      byte[] flipped = body.clone();
      flipped[body.length / 2] ^= 1;
      refused(statement, digest, Optional.empty(), Reason.OBJECT_MISSING);
      refused(statement, digest, Optional.of(flipped), Reason.OBJECT_DIGEST_MISMATCH);
      refused(
          statement,
          digest,
          Optional.of(Arrays.copyOf(body, body.length - 1)),
          Reason.OBJECT_DIGEST_MISMATCH);
      refused(
          statement,
          digest,
          Optional.of(Arrays.copyOf(body, body.length + 1)),
          Reason.OBJECT_DIGEST_MISMATCH);
    }
  }

  @Test
  void refusesAnObjectThatIsNotTheOneItsManifestNames() {
    ObjectRef ref = new ObjectRef("v1", "ConfigMap", "demo", "a");
    for (String json :
        List.of(
            "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\",\"namespace\":\"demo\"}}",
            "{\"apiVersion\":\"v2\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"demo\"}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"b\",\"namespace\":\"demo\"}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":null}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"generateName\":\"a\",\"namespace\":\"demo\"}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"demo\",\"managedFields\":[]}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"demo\"},\"status\":{}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}",
            "{\"apiVersion\":\"v1\",\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"demo\"}}",
            "[]",
            "two: documents",
            "{} {}")) {
      BundleManifest manifest = manifest(fleet.entryOf(ref, json));
      assertReason(
          () -> verifier.verifyBodies(verified(manifest), fleet.source()),
          Reason.OBJECT_IDENTITY_MISMATCH);
    }
    BundleManifest list =
        manifest(
            fleet.entryOf(
                new ObjectRef("v1", "ConfigMapList", "", "a"),
                "{\"apiVersion\":\"v1\",\"items\":[],\"kind\":\"ConfigMapList\",\"metadata\":{\"name\":\"a\"}}"));
    assertReason(
        () -> verifier.verifyBodies(verified(list), fleet.source()),
        Reason.OBJECT_IDENTITY_MISMATCH);
  }

  @Test
  void refusesOneObjectTwiceAlsoThroughTwoVersionsOfItsGroup() {
    BundleManifest manifest =
        manifest(
            fleet.entry("apps/v1", "Deployment", "demo", "web", ""),
            fleet.entry("apps/v1beta1", "Deployment", "demo", "web", ""));

    assertReason(
        () -> verifier.verifyBodies(verified(manifest), fleet.source()), Reason.OBJECT_DUPLICATE);
  }

  @Test
  void refusesAnObjectThatIsSaidToBeSealedAndIsNot() {
    ManifestEntry open = fleet.entry("v1", "Secret", "demo", "s", "");
    BundleManifest manifest =
        manifest(new ManifestEntry(open.ref(), open.digest(), open.size(), 0, true));

    assertReason(
        () -> verifier.verifyBodies(verified(manifest), fleet.source()),
        Reason.OBJECT_IDENTITY_MISMATCH);
  }

  @Test
  void takesASealedObjectWithoutOpeningIt() {
    ManifestEntry entry = fleet.entry("v1", "Secret", "demo", "s", ",\"sops\":{\"mac\":\"ENC\"}");
    BundleManifest manifest =
        manifest(new ManifestEntry(entry.ref(), entry.digest(), entry.size(), 0, true));

    assertThat(verifier.verifyBodies(verified(manifest), fleet.source()).bundles()).hasSize(1);
  }

  @Test
  void refusesAnIndexThatIsNotThatOfTheManifests() {
    Statement good = TestFleet.statement(42, fleet.manifest);
    Statement lying =
        new Statement(
            good.specVersion(),
            good.critical(),
            good.fleet(),
            good.cluster(),
            good.clusterName(),
            good.epoch(),
            good.sequence(),
            good.rootVersion(),
            good.issuedAt(),
            good.expiresAt(),
            good.previous(),
            good.intent(),
            good.deletions(),
            good.bundles(),
            Digest.of(new byte[0]));

    assertReason(
        () -> verifier.verifyBodies(verified(lying), fleet.source()), Reason.INDEX_MISMATCH);
  }

  @Test
  void refusesTheManifestOfAnotherBundle() {
    BundleManifest other = new BundleManifest("other", List.of(), Policy.defaults());
    BundleEntry entry = TestFleet.statement(1, fleet.manifest).bundles().getFirst();
    BundleEntry swapped =
        new BundleEntry(
            "demo",
            entry.revision(),
            entry.source(),
            List.of(),
            fleet.keep(other.bytes()),
            other.bytes().length);

    assertReason(
        () -> BodyRefusals.otherManifest(swapped, fleet.source()), Reason.STATEMENT_MALFORMED);
  }

  @Test
  void refusesMoreThanTheLimitsBeforeReadingAnObject() {
    ObjectRef ref = new ObjectRef("v1", "ConfigMap", "demo", "a");
    Digest none = Digest.of(new byte[0]);
    List<ManifestEntry> many = new ArrayList<>();
    for (int i = 0; i <= Limits.OBJECTS; i++) {
      many.add(
          new ManifestEntry(new ObjectRef("v1", "ConfigMap", "demo", "a" + i), none, 1, 0, false));
    }
    List<ManifestEntry> heavy = new ArrayList<>();
    for (int i = 0; i * (long) Limits.OBJECT_BYTES <= Limits.TOTAL_BYTES; i++) {
      heavy.add(
          new ManifestEntry(
              new ObjectRef("v1", "ConfigMap", "demo", "a" + i),
              none,
              Limits.OBJECT_BYTES,
              0,
              false));
    }
    for (List<ManifestEntry> entries :
        List.of(
            List.of(new ManifestEntry(ref, none, Limits.OBJECT_BYTES + 1L, 0, false)),
            List.of(new ManifestEntry(ref, none, 1L << 40, 0, false)),
            many,
            heavy)) {
      BundleManifest manifest = new BundleManifest("demo", entries, Policy.defaults());
      assertReason(
          () -> verifier.verifyBodies(verified(manifest), fleet.source()), Reason.LIMIT_EXCEEDED);
    }
  }

  @Test
  void refusesManifestsWhoseCountsLieOrThatItDoesNotUnderstand() {
    String text = new String(fleet.manifest.bytes(), StandardCharsets.UTF_8);
    for (String lie :
        List.of(
            text.replace("\"objectCount\":3", "\"objectCount\":2"),
            text.replace("\"totalSize\":", "\"totalSize\":1"))) {
      assertThat(lie).isNotEqualTo(text);
      assertReason(
          () -> BundleManifest.parse(lie.getBytes(StandardCharsets.UTF_8)),
          Reason.STATEMENT_MALFORMED);
    }
    assertReason(
        () ->
            BundleManifest.parse(
                text.replace("\"specVersion\":\"1.0\"", "\"specVersion\":\"2.0\"")
                    .getBytes(StandardCharsets.UTF_8)),
        Reason.SPEC_VERSION_UNSUPPORTED);
    assertReason(
        () ->
            BundleManifest.parse(
                text.replace("\"critical\":[]", "\"critical\":[\"x\"]")
                    .getBytes(StandardCharsets.UTF_8)),
        Reason.CRITICAL_UNSUPPORTED);
  }

  private BundleManifest manifest(ManifestEntry... entries) {
    BundleManifest manifest = new BundleManifest("demo", List.of(entries), Policy.defaults());
    fleet.keep(manifest.bytes());
    return manifest;
  }

  private VerifiedStatement verified(BundleManifest manifest) {
    fleet.keep(manifest.bytes());
    return verified(TestFleet.statement(42, manifest));
  }

  private VerifiedStatement verified(Statement statement) {
    return verifier.verify(
        TestFleet.sealed(statement.bytes(), TestFleet.HUB_KEY),
        TestFleet.trusted(),
        Floor.none(),
        TestFleet.NOW);
  }

  private void refused(
      VerifiedStatement statement, Digest changed, Optional<byte[]> body, Reason reason) {
    assertReason(
        () ->
            verifier.verifyBodies(
                statement,
                (digest, size) ->
                    digest.equals(changed) ? body : Optional.ofNullable(fleet.bodies.get(digest))),
        reason);
  }
}
