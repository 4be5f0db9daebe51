package io.towline.hub.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.Intent;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.Policy;
import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.envelope.VerifiedStatement;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignTest {
  private static final Instant NOW = Instant.parse("2026-11-23T08:00:00.5Z");
  private static final UUID FLEET = UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001");
  private static final UUID CLUSTER = UUID.fromString("c1f0a0de-0000-4000-8000-000000000001");
  private static final SignConfig DAY = () -> Duration.ofHours(24);

  private final SecureRandom random = new SecureRandom();

  @TempDir Path data;

  @Test
  void whatIsSignedIsAcceptedByAnAgentThatPinsTheFirstRoot() {
    HubKeys keys = HubKeys.open(data, random);
    TrustedRoot root = keys.firstRoot(FLEET, NOW);
    EnvelopeSigner signer = new EnvelopeSigner(keys, root, DAY);
    byte[] object =
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"demo\"}}"
            .getBytes(StandardCharsets.UTF_8);
    BundleManifest manifest =
        new BundleManifest(
            "demo",
            List.of(
                new ManifestEntry(
                    new ObjectRef("v1", "Namespace", "", "demo"),
                    Digest.of(object),
                    object.length,
                    0,
                    false)),
            Policy.defaults(),
            List.of());
    Map<Digest, byte[]> bodies =
        Map.of(Digest.of(object), object, manifest.digest(), manifest.bytes());

    SignedEnvelope signed = signer.sign(statement(FLEET, 1, 1, Duration.ofHours(24), manifest));

    EnvelopeVerifier verifier = new EnvelopeVerifier(FLEET, CLUSTER);
    VerifiedStatement verified = verifier.verify(signed.dsse(), root, Floor.none(), NOW);
    VerifiedEnvelope envelope =
        verifier.verifyBodies(verified, (digest, size) -> Optional.ofNullable(bodies.get(digest)));
    assertThat(envelope.statement()).isEqualTo(signed.statement());
    assertThat(envelope.position().payload()).isEqualTo(signed.payload());
  }

  @Test
  void theKeysOfTheFirstStartAreUsedAgain() {
    HubKeys first = HubKeys.open(data, random);
    HubKeys second = HubKeys.open(data, random);

    assertThat(second.envelopeKey()).isEqualTo(first.envelopeKey());
    assertThat(second.firstRoot(FLEET, NOW).payload())
        .isEqualTo(first.firstRoot(FLEET, NOW).payload());
  }

  @Test
  void theRootOfANewFleetIsAsStated() {
    TrustedRoot root = HubKeys.open(data, random).firstRoot(FLEET, NOW);

    assertThat(root.document().version()).isEqualTo(1);
    assertThat(root.document().epoch()).isEqualTo(1);
    assertThat(root.document().fleet()).isEqualTo(FLEET);
    assertThat(Duration.between(root.document().issuedAt(), root.document().expiresAt()))
        .isEqualTo(Duration.ofDays(180));
    assertThat(root.document().roleFor(CLUSTER).orElseThrow().maxLifetimeDays()).isEqualTo(7);
  }

  @Test
  void keysAreReadableByTheirOwnerAlone() throws IOException {
    HubKeys.open(data, random);

    Path keys = data.resolve("keys");
    assertThat(permissions(keys)).isEqualTo("rwx------");
    assertThat(permissions(keys.resolve("root.key"))).isEqualTo("rw-------");
    assertThat(permissions(keys.resolve("envelope.key"))).isEqualTo("rw-------");
    try (var files = Files.list(keys)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void refusesAKeyThatEveryoneCanRead() throws IOException {
    HubKeys.open(data, random);
    Path file = data.resolve("keys/envelope.key");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> HubKeys.open(data, random))
        .isInstanceOf(SignException.class)
        .hasMessageContaining("envelope.key")
        .hasMessageContaining("chmod 600");
  }

  @Test
  void refusesToReplaceALostEnvelopeKey() throws IOException {
    HubKeys.open(data, random);
    Files.delete(data.resolve("keys/envelope.key"));

    assertThatThrownBy(() -> HubKeys.open(data, random))
        .isInstanceOf(SignException.class)
        .hasMessageContaining("restore");
  }

  @Test
  void goesOnWithoutTheRootKeyButMakesNoRoot() throws IOException {
    TrustedRoot root = HubKeys.open(data, random).firstRoot(FLEET, NOW);
    Files.delete(data.resolve("keys/root.key"));

    HubKeys keys = HubKeys.open(data, random);

    assertThat(new EnvelopeSigner(keys, root, DAY).root()).isEqualTo(root.document());
    assertThatThrownBy(() -> keys.firstRoot(FLEET, NOW)).isInstanceOf(SignException.class);
  }

  @Test
  void refusesAFileThatIsNoKeyWithoutQuotingIt() throws IOException {
    HubKeys.open(data, random);
    Path file = data.resolve("keys/envelope.key");
    for (String content :
        List.of(
            "",
            "hunter2",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----\n")) {
      Files.writeString(file, content);
      assertThatThrownBy(() -> HubKeys.open(data, random))
          .as(content)
          .isInstanceOf(SignException.class)
          .hasMessageContaining("envelope.key")
          .hasMessageNotContaining("hunter2");
    }
  }

  @Test
  void refusesStatementsThatAgentsWouldRefuse() {
    HubKeys keys = HubKeys.open(data, random);
    EnvelopeSigner signer = new EnvelopeSigner(keys, keys.firstRoot(FLEET, NOW), DAY);
    Duration day = Duration.ofDays(1);

    assertRefused(signer, statement(CLUSTER, 1, 1, day), Reason.WRONG_FLEET);
    assertRefused(signer, statement(FLEET, 2, 1, day), Reason.EPOCH_MISMATCH);
    assertRefused(signer, statement(FLEET, 1, 2, day), Reason.ROOT_VERSION_MISMATCH);
    assertRefused(signer, statement(FLEET, 1, 1, Duration.ofDays(8)), Reason.LIFETIME_TOO_LONG);
  }

  @Test
  void signsNothingUnderARootThatDoesNotTrustItsKey(@TempDir Path other) {
    TrustedRoot foreign = HubKeys.open(other, random).firstRoot(FLEET, NOW);
    EnvelopeSigner signer = new EnvelopeSigner(HubKeys.open(data, random), foreign, DAY);

    SignedEnvelope signed = signer.sign(statement(FLEET, 1, 1, Duration.ofDays(1)));

    assertThat(signer.isTrusted()).isFalse();
    assertThat(signed.missing()).isEqualTo(1);
    assertThat(Dsse.parse(signed.dsse()).signatures()).isEmpty();
  }

  @Test
  void signsItsPartWhereTheRootAsksForMore() {
    HubKeys keys = HubKeys.open(data, random);
    TrustedRoot root = keys.firstRoot(FLEET, NOW);
    OfflineKey person = OfflineKey.generate(data.resolve("p.key"), random, Optional.empty());
    RootDocument two =
        RootEdits.withThreshold(
            RootEdits.withKey(
                RootEdits.next(root.document(), NOW, Duration.ofDays(90), false),
                "envelope",
                person.key()),
            "envelope",
            2);
    OfflineKey rootKey = OfflineKey.read(data.resolve("keys/root.key"), () -> new char[0]);
    TrustedRoot next =
        RootChain.next(
            root, RootDraft.unsigned(two).signed(rootKey, Optional.of(root.document())).bytes());
    EnvelopeSigner signer = new EnvelopeSigner(keys, next, DAY);

    SignedEnvelope signed = signer.sign(statement(FLEET, 1, 2, Duration.ofDays(7)));

    assertThat(signer.envelopeLife(CLUSTER, false)).isEqualTo(Duration.ofDays(7));
    assertThat(signed.missing()).isEqualTo(1);
    EnvelopeVerifier verifier = new EnvelopeVerifier(FLEET, CLUSTER);
    assertThatThrownBy(() -> verifier.verify(signed.dsse(), next, Floor.none(), NOW))
        .isInstanceOf(VerificationException.class);
    Dsse half = Dsse.parse(signed.dsse());
    Dsse whole =
        new Dsse(
            half.payloadType(),
            half.payload(),
            List.of(half.signatures().getFirst(), person.sign(half)));
    assertThat(verifier.verify(whole.write(), next, Floor.none(), NOW).statement())
        .isEqualTo(signed.statement());
  }

  @Test
  void keepsALifeWithinWhatTheRootAllows() {
    HubKeys keys = HubKeys.open(data, random);
    TrustedRoot root = keys.firstRoot(FLEET, NOW);

    for (Duration life : List.of(Duration.ZERO, Duration.ofHours(-1))) {
      assertThatThrownBy(() -> new EnvelopeSigner(keys, root, () -> life))
          .hasMessageContaining("towline.sign.envelope-life");
    }
    assertThat(
            new EnvelopeSigner(keys, root, () -> Duration.ofDays(8)).envelopeLife(CLUSTER, false))
        .isEqualTo(Duration.ofDays(7));
    assertThat(new EnvelopeSigner(keys, root, DAY).envelopeLife(CLUSTER, false))
        .isEqualTo(Duration.ofDays(1));
  }

  private static void assertRefused(EnvelopeSigner signer, Statement statement, Reason reason) {
    assertThatThrownBy(() -> signer.sign(statement))
        .isInstanceOfSatisfying(SignException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private static Statement statement(
      UUID fleet, long epoch, long rootVersion, Duration life, BundleManifest... manifests) {
    List<BundleEntry> bundles =
        List.of(manifests).stream()
            .map(
                manifest ->
                    new BundleEntry(
                        manifest.bundle(),
                        manifest.digest().shortHex(),
                        new SourceInfo("fleet", "", "refs/heads/main", "0".repeat(40), "", ""),
                        List.of(),
                        manifest.digest(),
                        manifest.bytes().length))
            .toList();
    List<Digest> digests =
        List.of(manifests).stream()
            .flatMap(
                manifest ->
                    Stream.concat(
                        Stream.of(manifest.digest()),
                        manifest.objects().stream().map(ManifestEntry::digest)))
            .toList();
    return new Statement(
        Statement.SPEC_VERSION,
        List.of(),
        fleet,
        CLUSTER,
        "store-0107",
        epoch,
        1,
        rootVersion,
        NOW,
        NOW.plus(life),
        Optional.empty(),
        bundles.isEmpty() ? Intent.CLEAR : Intent.APPLY,
        List.of(),
        bundles,
        ObjectsIndex.digestOf(digests));
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
