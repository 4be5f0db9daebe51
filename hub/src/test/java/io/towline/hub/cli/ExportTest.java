package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.Intent;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.Policy;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.Status;
import io.towline.fleet.v1.Target;
import io.towline.hub.sign.EnvelopeSigner;
import io.towline.hub.sign.HubKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export, checked by Towline and by programs that know nothing of it. */
class ExportTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final UUID FLEET = UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001");
  private static final UUID CLUSTER = UUID.fromString("c1f0a0de-0000-4000-8000-000000000001");

  @TempDir Path folder;
  private final FakeHub hub = new FakeHub();
  private String pin = "";

  @BeforeEach
  void publishAnEnvelope() {
    HubKeys keys = HubKeys.open(folder.resolve("hub"), new SecureRandom());
    TrustedRoot root = keys.firstRoot(FLEET, NOW);
    pin = root.payload().hex();
    byte[] object =
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"demo\"}}"
            .getBytes(StandardCharsets.UTF_8);
    ManifestEntry entry =
        new ManifestEntry(
            new ObjectRef("v1", "Namespace", "", "demo"),
            Digest.of(object),
            object.length,
            0,
            false);
    BundleManifest manifest = new BundleManifest("demo", List.of(entry), Policy.defaults());
    byte[] bytes = manifest.bytes();
    Statement statement =
        new Statement(
            Statement.SPEC_VERSION,
            List.of(),
            FLEET,
            CLUSTER,
            "store-0107",
            1,
            7,
            1,
            NOW,
            NOW.plus(Duration.ofDays(1)),
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
                    bytes.length)),
            ObjectsIndex.digestOf(List.of(manifest.digest(), entry.digest())));
    hub.envelope =
        Envelope.newBuilder()
            .setCluster("clusters/store-0107")
            .setDsse(
                ByteString.copyFrom(
                    new EnvelopeSigner(keys, root, () -> Duration.ofDays(1))
                        .sign(statement)
                        .dsse()))
            .addRoots(ByteString.copyFrom(root.dsse()))
            .addBodies(body(manifest.digest(), bytes))
            .addBodies(body(entry.digest(), object))
            .build();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static Envelope.Body body(Digest digest, byte[] content) {
    return Envelope.Body.newBuilder()
        .setSha256(digest.hex())
        .setContent(ByteString.copyFrom(content))
        .build();
  }

  @Test
  void isCheckedByTheCommandsOfTheManualAndRefusedByThemWithAnyFileChanged() throws Exception {
    Path proof = folder.resolve("proof");
    ok("export", "store-0107", "-d", proof.toString());
    String commands = manual("With openssl and sha256sum");

    assertThat(shell(proof, commands)).isZero();

    List<Path> files;
    try (var all = Files.walk(proof)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> proof.relativize(file).toString().matches("objects.*|statement.*"))
              .toList();
    }
    assertThat(files).hasSize(4);
    for (Path file : files) {
      byte[] good = Files.readAllBytes(file);
      byte[] bad = good.clone();
      bad[good.length / 2] ^= 1;
      Files.write(file, bad);
      assertThat(shell(proof, commands)).as(file.toString()).isNotZero();
      assertThat(run("verify", proof.toString()).code())
          .as(file.toString())
          .isEqualTo(file.endsWith("objects.index") ? ExitCode.DONE : ExitCode.NOT_VERIFIED);
      Files.write(file, good);
    }
  }

  @Test
  void isCheckedByCosignAndRefusedByItWithAnotherIndexOrKey() throws Exception {
    assumeTrue(
        shell(folder, "command -v cosign") == 0,
        "no cosign on PATH: go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3");
    Path proof = folder.resolve("proof");
    ok("export", "store-0107", "-d", proof.toString());
    String bundle;
    try (var files = Files.list(proof)) {
      bundle =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> name.endsWith(".sigstore.json"))
              .findFirst()
              .orElseThrow();
    }
    String signer = bundle.split("\\.", -1)[1];
    String command = manual("With cosign").replace("bundle.KEY8.sigstore.json", bundle);

    assertThat(shell(proof, command.replace("KEYID", signer + "*"))).isZero();
    assertThat(shell(proof, command.replace("KEYID", "[!" + signer.charAt(0) + "]*"))).isNotZero();
    Files.writeString(proof.resolve("objects.index"), "\n", StandardOpenOption.APPEND);
    assertThat(shell(proof, command.replace("KEYID", signer + "*"))).isNotZero();
  }

  @Test
  void tracesATargetFromItsCommitToItsCluster() {
    hub.targets.add(
        Target.newBuilder()
            .setName("bundles/demo/targets/store-0107")
            .setStatus(Status.STATUS_READY)
            .setMatchedTarget("everywhere")
            .setAppliedRevision("0123456789ab")
            .setObjects(1)
            .setObjectsCurrent(1)
            .setObservedTime(FakeHub.time("2026-11-23T12:00:03Z"))
            .build());
    hub.clusters.add(
        Cluster.newBuilder().setName("clusters/store-0107").setHeldSequence(6).build());

    String out = ok("trace", "demo@store-0107", "--root-sha256", pin).out();

    assertThat(out)
        .contains("demo@store-0107, by its entry everywhere")
        .contains("0".repeat(40) + " of refs/heads/main in fleet")
        .contains("nobody was asked for")
        .contains("sequence 7 of epoch 1")
        .contains("holds sequence 6")
        .contains("revision 0123456789ab, 1 of 1 objects current, seen 2026-11-23T12:00:03Z")
        .contains("Ready");
    assertThat(ok("trace", "demo@store-0107", "-o", "json").out())
        .contains("\"kind\" : \"Trace\"", "\"heldSequence\" : 6");
    assertThat(run("trace", "demo@store-0107", "--root-sha256", "0".repeat(64)).code())
        .isEqualTo(ExitCode.NOT_VERIFIED);
  }

  @Test
  void isVerifiedOfflineFromADirectoryAndFromAnArchive() throws IOException {
    ok("export", "store-0107", "-d", file("proof"));
    ok("export", "store-0107", "--tar", file("a.tar"));
    ok("export", "store-0107", "--tar", file("b.tar"), "--root-sha256", pin);
    assertThat(folder.resolve("a.tar")).hasSameBinaryContentAs(folder.resolve("b.tar"));

    for (String subject : List.of(file("proof"), file("a.tar"))) {
      assertThat(ok("verify", subject, "--root-sha256", pin).out()).contains("store-0107");
      assertThat(run("verify", subject, "--root-sha256", "0".repeat(64)).code())
          .isEqualTo(ExitCode.NOT_VERIFIED);
      assertThat(run("verify", subject, "--at", "2026-11-25T12:00:00Z").err())
          .contains("EnvelopeExpired");
    }
    byte[] tar = Files.readAllBytes(folder.resolve("a.tar"));
    for (int cut : new int[] {0, 100, 512, tar.length / 2, tar.length - 1024}) {
      Files.write(folder.resolve("cut.tar"), Arrays.copyOf(tar, cut));
      assertThat(run("verify", file("cut.tar")).code())
          .as(cut + " bytes")
          .isEqualTo(ExitCode.NOT_VERIFIED);
    }
    assertThat(run("export", "store-0107", "-d", file("proof")).err()).contains("not empty");
  }

  @Test
  void passesOverWhatNobodyNamesAndReadsNothingButFiles() throws Exception {
    ok("export", "store-0107", "-d", file("proof"));
    Path objects = folder.resolve("proof/objects");
    Files.writeString(objects.resolve("unnamed"), "x");
    // The index is derived, never read.
    Files.writeString(folder.resolve("proof/objects.index"), "../../etc/passwd\n");
    assertThat(ok("verify", file("proof")).out()).contains("store-0107");

    Path body;
    try (Stream<Path> files = Files.list(objects)) {
      body = files.filter(one -> one.getFileName().toString().length() == 64).findFirst().get();
    }
    Files.move(body, folder.resolve("elsewhere"));
    for (String other : List.of("ln -s ../../elsewhere", "mkfifo", "mkdir")) {
      String name = "proof/objects/" + body.getFileName();
      assertThat(shell(folder, other + " " + name)).isZero();
      assertThat(run("verify", file("proof")).err()).as(other).contains("ObjectMissing");
      Files.delete(body);
    }
  }

  @Test
  void anArchiveIsOneThatTarReads() throws Exception {
    ok("export", "store-0107", "--tar", file("a.tar"));
    Files.createDirectory(folder.resolve("out"));
    assertThat(shell(folder, "tar -xf a.tar -C out")).isZero();
    assertThat(ok("verify", file("out")).out()).contains("store-0107");
    assertThat(shell(folder, "cd out && tar -cf ../b.tar --format=ustar .")).isZero();
    assertThat(ok("verify", file("b.tar")).out()).contains("store-0107");
  }

  /** The commands under a heading of docs/verify.md, as a reader would copy them. */
  private static String manual(String heading) throws IOException {
    Path docs = Path.of("..", "docs", "verify.md");
    Matcher block =
        Pattern.compile("## " + heading + "\n.*?```[a-z]*\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Files.exists(docs) ? docs : Path.of("docs", "verify.md")));
    assertThat(block.find()).isTrue();
    return block.group(1);
  }

  private static int shell(Path directory, String commands) throws Exception {
    Process process =
        new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", commands)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private Result ok(String... arguments) {
    Result result = run(arguments);
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    return result;
  }

  private Result run(String... arguments) {
    return Result.of(
        Map.of("LANG", "C.UTF-8", "TOWLINE_HUB", hub.address(), "TOWLINE_TOKEN", FakeHub.TOKEN),
        () -> NOW,
        arguments);
  }
}
