package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The published sample of all that is signed, made by another program than this one. */
class SampleTest {
  private static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");
  private static final EnvelopeVerifier VERIFIER =
      new EnvelopeVerifier(
          UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001"),
          UUID.fromString("c1f0a0de-0000-4000-8000-000000000001"));

  private Path sample = Path.of("");

  @BeforeEach
  void findSample() {
    String shared = System.getenv("TOWLINE_SHARED");
    List<Path> places = new ArrayList<>();
    if (shared != null) {
      places.add(Path.of(shared));
    }
    places.add(Path.of("../../shared"));
    Optional<Path> found =
        places.stream()
            .map(place -> place.resolve("draft/envelope/sample"))
            .filter(Files::isDirectory)
            .findFirst();
    assumeThat(found).as("the sample, below TOWLINE_SHARED or beside the checkout").isPresent();
    sample = found.orElseThrow();
  }

  @Test
  void theSampleIsAcceptedAsItIs() {
    VerifiedStatement statement =
        VERIFIER.verify(read("statement.dsse.json"), root(), Floor.none(), NOW);
    VerifiedEnvelope envelope = VERIFIER.verifyBodies(statement, this::body);

    assertThat(envelope.position().sequence()).isEqualTo(42);
    assertThat(envelope.bundles())
        .singleElement()
        .extracting(VerifiedBundle::name)
        .isEqualTo("demo");
    assertThat(envelope.bundles().getFirst().manifest().objects()).hasSize(3);
  }

  @Test
  void everyDocumentIsWrittenAgainWithTheSameBytes() {
    byte[] payload = Dsse.parse(read("statement.dsse.json")).payload();
    Statement statement = Statement.parse(payload);
    assertThat(statement.bytes()).isEqualTo(payload);

    BundleEntry entry = statement.bundles().getFirst();
    byte[] manifest = body(entry.manifest(), entry.manifestSize()).orElseThrow();
    assertThat(BundleManifest.parse(manifest).bytes()).isEqualTo(manifest);

    byte[] root = Dsse.parse(read("root/1.root.dsse.json")).payload();
    assertThat(RootDocument.parse(root).bytes()).isEqualTo(root);

    for (ManifestEntry object : BundleManifest.parse(manifest).objects()) {
      byte[] bytes = body(object.digest(), object.size()).orElseThrow();
      assertThat(ObjectJson.write(ObjectJson.read(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void theIndexIsDerivedAsItWasExported() {
    VerifiedStatement statement =
        VERIFIER.verify(read("statement.dsse.json"), root(), Floor.none(), NOW);
    VerifiedEnvelope envelope = VERIFIER.verifyBodies(statement, this::body);
    List<Digest> digests = new ArrayList<>();
    envelope
        .bundles()
        .forEach(
            bundle -> {
              digests.add(bundle.entry().manifest());
              bundle.manifest().objects().forEach(entry -> digests.add(entry.digest()));
            });
    assertThat(ObjectsIndex.bytesOf(digests)).isEqualTo(read("objects.index"));
  }

  @Test
  void anyChangedByteOfAnyBodyIsRefused() {
    VerifiedStatement statement =
        VERIFIER.verify(read("statement.dsse.json"), root(), Floor.none(), NOW);
    Path objects = sample.resolve("objects");
    try (var files = Files.list(objects)) {
      for (Path file : files.toList()) {
        Digest changed = Digest.parse(file.getFileName().toString());
        byte[] body = Files.readAllBytes(file);
        for (int i = 0; i < body.length; i++) {
          byte[] other = body.clone();
          other[i] ^= 1;
          assertThatThrownBy(
                  () ->
                      VERIFIER.verifyBodies(
                          statement,
                          (digest, size) ->
                              digest.equals(changed) ? Optional.of(other) : body(digest, size)))
              .isInstanceOf(VerificationException.class);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anyChangedByteOfPayloadOrSignatureIsRefused() {
    byte[] file = read("statement.dsse.json");
    ObjectNode json = ObjectJson.read(file);
    TrustedRoot root = root();
    for (String place : List.of("payload", "payloadType", "sig")) {
      ObjectNode holder = place.equals("sig") ? (ObjectNode) json.path("signatures").path(0) : json;
      String text = holder.path(place).textValue();
      for (int i = 0; i < text.length(); i++) {
        char other = text.charAt(i) == 'A' ? 'B' : 'A';
        holder.put(place, text.substring(0, i) + other + text.substring(i + 1));
        byte[] changed = ObjectJson.write(json);
        assertThatThrownBy(() -> VERIFIER.verify(changed, root, Floor.none(), NOW))
            .as("%s, character %s", place, i)
            .isInstanceOf(VerificationException.class);
      }
      holder.put(place, text);
    }
  }

  private TrustedRoot root() {
    byte[] dsse = read("root/1.root.dsse.json");
    return RootChain.pinned(dsse, Dsse.parse(dsse).digest());
  }

  private Optional<byte[]> body(Digest digest, long size) {
    Path file = sample.resolve("objects").resolve(digest.hex());
    return Files.exists(file) ? Optional.of(read("objects/" + digest.hex())) : Optional.empty();
  }

  private byte[] read(String name) {
    try {
      return Files.readAllBytes(sample.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
