package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
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
import io.towline.fleet.v1.AddSignatureRequest;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.sign.OfflineKey;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.RootEdits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A second signature, and everything that must keep a signer from giving it. */
class SignCommandTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final UUID FLEET = UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001");
  private static final UUID CLUSTER = UUID.fromString("c1f0a0de-0000-4000-8000-000000000001");

  private final FakeHub hub = new FakeHub();
  private final Map<Digest, byte[]> bodies = new LinkedHashMap<>();
  private final Map<Digest, byte[]> kept = new LinkedHashMap<>();
  private final byte[] firstRoot;
  private final TrustedRoot root;
  private final OfflineKey person;
  private final String key;

  SignCommandTest(@TempDir Path data) {
    HubKeys keys = HubKeys.open(data, new SecureRandom());
    TrustedRoot first = keys.firstRoot(FLEET, NOW);
    firstRoot = first.dsse();
    person = OfflineKey.generate(data.resolve("ci.key"), new SecureRandom(), Optional.empty());
    RootDocument two =
        RootEdits.withThreshold(
            RootEdits.withKey(
                RootEdits.next(first.document(), NOW, Duration.ofDays(90), false),
                "envelope",
                person.key()),
            "envelope",
            2);
    OfflineKey rootKey = OfflineKey.read(data.resolve("keys/root.key"), () -> new char[0]);
    root =
        RootChain.next(
            first, RootDraft.unsigned(two).signed(rootKey, Optional.of(first.document())).bytes());
    key = data.resolve("ci.key").toString();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void showsWhatChangesAndSendsNothingButASignatureOverIt() {
    BundleManifest one = manifest("one", "gone");
    BundleManifest two = manifest("two", "new");
    Statement before = statement(1, one);
    Statement next = statement(2, two);
    waits(next, Optional.of(before));

    Result result = run("sign", "store-0107", "--key", key, "--yes");

    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(result.err())
        .contains("~ bundle demo")
        .contains("after sequence 1")
        .contains("2 of 2, published");
    assertThat(result.err().lines().map(String::strip))
        .anyMatch(line -> line.startsWith("+") && line.contains("new"))
        .anyMatch(line -> line.startsWith("-") && line.contains("gone"))
        .anyMatch(line -> line.startsWith("~") && line.contains("settings"));
    AddSignatureRequest sent = hub.signatures.getFirst();
    assertThat(sent.getPayloadSha256()).isEqualTo(Digest.of(next.bytes()).hex());
    assertThat(
            person
                .key()
                .verifies(
                    Dsse.pae(Statement.PAYLOAD_TYPE, next.bytes()),
                    sent.getSignature().toByteArray()))
        .isTrue();
  }

  @Test
  void signsNothingOfAnEnvelopeThatWasTamperedWith() {
    Statement good = statement(2, manifest("two", "new"));
    waits(good, Optional.empty());
    PendingEnvelope whole = hub.pending.getFirst();
    for (int i = 0; i < whole.getBodiesCount(); i++) {
      refused(whole.toBuilder().removeBodies(i).build());
      byte[] changed = whole.getBodies(i).getContent().toByteArray();
      changed[changed.length / 2] ^= 1;
      refused(
          whole.toBuilder()
              .setBodies(i, whole.getBodies(i).toBuilder().setContent(ByteString.copyFrom(changed)))
              .build());
    }
    String json = new String(good.bytes(), StandardCharsets.UTF_8);
    for (String tampered :
        List.of(
            json.replace("\"critical\":[]", "\"critical\":[\"surprise\"]"),
            json.replace(CLUSTER.toString(), UUID.randomUUID().toString())
                .replace("store-0107", "store-0666"),
            json.replace("\"expiresAt\":\"2026", "\"expiresAt\":\"2036"),
            json.replace("\"specVersion\":\"1.0\"", "\"specVersion\":\"2.0\""))) {
      assertThat(tampered).isNotEqualTo(json);
      refused(
          whole.toBuilder()
              .setDsse(ByteString.copyFrom(dsse(tampered.getBytes(StandardCharsets.UTF_8))))
              .build());
    }
    // Older than what was published, and another content under the published sequence.
    Statement published = statement(3, manifest("three", "new"));
    waits(good, Optional.of(published));
    refused(hub.pending.getFirst());
    waits(statement(3, manifest("other", "new")), Optional.of(published));
    refused(hub.pending.getFirst());
    waits(good, Optional.empty());
    assertThat(
            run("sign", "store-0107", "--key", key, "--yes", "--root-sha256", "0".repeat(64))
                .code())
        .isEqualTo(ExitCode.NOT_VERIFIED);
    assertThat(hub.signatures).isEmpty();
  }

  private void refused(PendingEnvelope envelope) {
    hub.pending.clear();
    hub.pending.add(envelope);
    Result result = run("sign", "store-0107", "--key", key, "--yes");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.NOT_VERIFIED);
    assertThat(hub.signatures).isEmpty();
  }

  private byte[] dsse(byte[] payload) {
    return new Dsse(Statement.PAYLOAD_TYPE, payload, List.of()).write();
  }

  private void waits(Statement statement, Optional<Statement> before) {
    PendingEnvelope.Builder envelope =
        PendingEnvelope.newBuilder()
            .setCluster("clusters/store-0107")
            .setDsse(ByteString.copyFrom(dsse(statement.bytes())))
            .setRole("all")
            .setThreshold(2)
            .addRoots(ByteString.copyFrom(firstRoot))
            .addRoots(ByteString.copyFrom(root.dsse()));
    before.ifPresent(last -> envelope.setBefore(ByteString.copyFrom(dsse(last.bytes()))));
    bodies.forEach(
        (digest, content) ->
            envelope.addBodies(
                Envelope.Body.newBuilder()
                    .setSha256(digest.hex())
                    .setContent(ByteString.copyFrom(content))));
    hub.pending.clear();
    hub.pending.add(envelope.build());
  }

  private BundleManifest manifest(String value, String other) {
    BundleManifest manifest =
        new BundleManifest(
            "demo",
            List.of(entry("settings", value), entry(other, "")),
            Policy.defaults(),
            List.of());
    kept.put(manifest.digest(), manifest.bytes());
    bodies.putAll(kept);
    return manifest;
  }

  private ManifestEntry entry(String name, String value) {
    byte[] object =
        ("{\"apiVersion\":\"v1\",\"data\":{\"k\":\""
                + value
                + "\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\""
                + name
                + "\",\"namespace\":\"demo\"}}")
            .getBytes(StandardCharsets.UTF_8);
    kept.put(Digest.of(object), object);
    return new ManifestEntry(
        new ObjectRef("v1", "ConfigMap", "demo", name), Digest.of(object), object.length, 0, false);
  }

  private static Statement statement(long sequence, BundleManifest manifest) {
    List<Digest> digests = new ArrayList<>(List.of(manifest.digest()));
    manifest.objects().forEach(entry -> digests.add(entry.digest()));
    return new Statement(
        Statement.SPEC_VERSION,
        List.of(),
        FLEET,
        CLUSTER,
        "store-0107",
        1,
        sequence,
        2,
        NOW,
        NOW.plus(Duration.ofDays(7)),
        Optional.empty(),
        Intent.APPLY,
        List.of(),
        List.of(
            new BundleEntry(
                "demo",
                manifest.digest().shortHex(),
                new SourceInfo("fleet", "", "refs/heads/main", "0".repeat(40), "", ""),
                List.of(),
                manifest.digest(),
                manifest.bytes().length)),
        ObjectsIndex.digestOf(digests));
  }

  private Result run(String... arguments) {
    return Result.of(
        Map.of("LANG", "C.UTF-8", "TOWLINE_HUB", hub.address(), "TOWLINE_TOKEN", FakeHub.TOKEN),
        () -> NOW,
        arguments);
  }
}
