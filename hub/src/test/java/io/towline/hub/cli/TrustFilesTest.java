package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.hub.sign.HubKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and roots in files, without a hub, and openssl as the second opinion. */
class TrustFilesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir Path folder;
  private Map<String, String> environment = Map.of("LANG", "C.UTF-8");

  @Test
  void aKeyIsForItsOwnerAloneAndOpensslReadsBothHalves() throws Exception {
    String id = ok("key", "generate", file("a.key")).out().strip();

    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a.key"))))
        .isEqualTo("rw-------");
    assertThat(ok("key", "show", file("a.key")).out()).contains("keyid " + id);
    assertThat(ok("key", "show", file("a.key.pub")).out()).contains("keyid " + id);
    Process openssl = openssl("pkey", "-in", file("a.key"), "-pubout", "-outform", "DER");
    assertThat(Digest.of(openssl.getInputStream().readAllBytes()).hex()).isEqualTo(id);
    assertThat(run("key", "generate", file("a.key")).code()).isEqualTo(ExitCode.PRECONDITION);
  }

  @Test
  void aPassphraseSealsAKeyAsOpensslDoes() throws Exception {
    environment = Map.of(TrustFiles.PASSPHRASE, "correct horse");
    String id = ok("key", "generate", file("a.key"), "--passphrase").out().strip();

    assertThat(Files.readString(folder.resolve("a.key"))).contains("BEGIN ENCRYPTED PRIVATE KEY");
    assertThat(ok("key", "show", file("a.key")).out()).contains(id);
    Process openssl =
        openssl(
            "pkey",
            "-in",
            file("a.key"),
            "-passin",
            "pass:correct horse",
            "-pubout",
            "-outform",
            "DER");
    assertThat(Digest.of(openssl.getInputStream().readAllBytes()).hex()).isEqualTo(id);
    openssl(
            "genpkey",
            "-algorithm",
            "ed25519",
            "-aes-256-cbc",
            "-pass",
            "pass:correct horse",
            "-out",
            file("b.key"))
        .waitFor(20, TimeUnit.SECONDS);
    assertThat(ok("key", "show", file("b.key")).out()).contains("keyid ");

    environment = Map.of(TrustFiles.PASSPHRASE, "battery staple");
    Result wrong = run("key", "show", file("a.key"));
    assertThat(wrong.code()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(wrong.err()).contains("passphrase").doesNotContain("battery");
  }

  @Test
  void refusesAWeakKeyAndWhatIsNoKey() throws IOException {
    // The identity point as a SubjectPublicKeyInfo: it verifies any message.
    byte[] spki = HexFormat.of().parseHex("302a300506032b6570032100" + "01" + "00".repeat(31));
    Files.writeString(
        folder.resolve("weak.pub"),
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getEncoder().encodeToString(spki)
            + "\n-----END PUBLIC KEY-----\n");
    Files.writeString(folder.resolve("not.pub"), "hunter2");

    Result weak = run("key", "show", file("weak.pub"));
    assertThat(weak.code()).isEqualTo(ExitCode.NOT_VERIFIED);
    assertThat(weak.err()).contains("small order");
    Result none = run("key", "show", file("not.pub"));
    assertThat(none.code()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(none.err()).doesNotContain("hunter2");
  }

  @Test
  void aRootIsMadeSignedRotatedAndFollowedWithoutAHub() throws IOException {
    for (String name : new String[] {"a", "b", "c", "hub", "ci"}) {
      ok("key", "generate", file(name + ".key"));
    }
    ok(
        "root",
        "init",
        "-f",
        file("1.json"),
        "--root-key",
        file("a.key.pub"),
        "--root-key",
        file("b.key.pub"),
        "--threshold",
        "2",
        "--envelope-key",
        file("hub.key.pub"));
    ok("root", "sign", file("1.json"), "--key", file("a.key"), "--yes");
    assertThat(run("root", "sign", file("1.json"), "--key", file("a.key"), "--yes").code())
        .isEqualTo(ExitCode.PRECONDITION);
    assertThat(run("root", "sign", file("1.json"), "--key", file("ci.key"), "--yes").code())
        .isEqualTo(ExitCode.PRECONDITION);
    assertThat(ok("root", "sign", file("1.json"), "--key", file("b.key"), "--yes").err())
        .contains("complete");

    ok("root", "rotate", "--from", file("1.json"), "-f", file("2.json"), "--epoch");
    ok("root", "add-key", file("2.json"), "--role", "root", "--key", file("c.key.pub"));
    String a = json("key", "show", file("a.key")).path("keyId").asText();
    ok("root", "remove-key", file("2.json"), "--role", "root", "--keyid", a.substring(0, 10));
    String hub = json("key", "show", file("hub.key")).path("keyId").asText();
    String cluster = "c1f0a0de-0000-4000-8000-000000000001";
    Result scoped =
        ok(
            "root",
            "scope",
            file("2.json"),
            "prod",
            "--cluster",
            cluster,
            "--key",
            file("ci.key.pub"),
            "--keyid",
            hub.substring(0, 8),
            "--threshold",
            "2",
            "--max-lifetime",
            "30");
    assertThat(scoped.err()).contains("envelope/prod: new, for " + cluster + ", 2 of ");

    Result shown =
        ok(
            "root",
            "sign",
            file("2.json"),
            "--key",
            file("b.key"),
            "--from",
            file("1.json"),
            "--yes");
    assertThat(shown.err())
        .contains("epoch: 1 becomes 2")
        .contains("root: key " + a.substring(0, 12) + " is removed")
        .contains("1 of the 2 signatures of version 1's root role");
    ok("root", "sign", file("2.json"), "--key", file("c.key"), "--from", file("1.json"), "--yes");
    TrustedRoot first = pinned("1.json");
    byte[] byNewOnly = Files.readAllBytes(folder.resolve("2.json"));
    assertThat(catchThrowable(() -> RootChain.next(first, byNewOnly)))
        .hasMessageContaining("1 of the 2 signatures that the root before it asks for");
    Result last =
        ok(
            "root",
            "sign",
            file("2.json"),
            "--key",
            file("a.key"),
            "--from",
            file("1.json"),
            "--yes");
    assertThat(last.err()).contains("complete: towline root submit");

    TrustedRoot second = RootChain.next(first, Files.readAllBytes(folder.resolve("2.json")));
    assertThat(second.document().epoch()).isEqualTo(2);
    assertThat(second.document().roleFor(UUID.fromString(cluster)).orElseThrow().name())
        .isEqualTo("prod");
    assertThat(second.document().keys()).doesNotContainKey(a);
    JsonNode json = json("root", "show", file("2.json"));
    assertThat(json.path("signedBy")).hasSize(2);
  }

  @Test
  void anEditMakesSignaturesVoidAndAnImpossibleOneChangesNothing() throws IOException {
    ok("key", "generate", file("a.key"));
    ok("key", "generate", file("hub.key"));
    ok(
        "root",
        "init",
        "-f",
        file("1.json"),
        "--root-key",
        file("a.key"),
        "--envelope-key",
        file("hub.key"));
    ok("root", "sign", file("1.json"), "--key", file("a.key"), "--yes");
    byte[] signed = Files.readAllBytes(folder.resolve("1.json"));

    Result refused = run("root", "set-threshold", file("1.json"), "2", "--role", "root");
    assertThat(refused.code()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(refused.err()).contains("threshold is between 1 and the number of keys");
    assertThat(Files.readAllBytes(folder.resolve("1.json"))).isEqualTo(signed);
    assertThat(run("root", "scope", file("1.json"), "all", "--remove").code())
        .isEqualTo(ExitCode.PRECONDITION);

    ok("key", "generate", file("b.key"));
    Result edited =
        ok("root", "add-key", file("1.json"), "--role", "envelope", "--key", file("b.key.pub"));
    assertThat(edited.err()).contains("signatures are void");
    assertThat(json("root", "show", file("1.json")).path("signedBy")).isEmpty();
  }

  @Test
  void aHubsKeysTravelSealedAndAreNeverReplaced() throws IOException {
    HubKeys keys = HubKeys.open(folder.resolve("old"), new SecureRandom());
    Files.write(folder.resolve("old/keys/body.key"), new byte[] {0, 1, 2, (byte) 0xff});
    environment = Map.of(TrustFiles.PASSPHRASE, "correct horse");
    ok("hub", "keys", "export", file("sealed"), "--data-dir", file("old"));

    ok("hub", "keys", "import", file("sealed"), "--data-dir", file("new"));

    assertThat(HubKeys.open(folder.resolve("new"), new SecureRandom()).envelopeKey())
        .isEqualTo(keys.envelopeKey());
    assertThat(Files.readAllBytes(folder.resolve("new/keys/body.key")))
        .containsExactly(0, 1, 2, 0xff);
    for (String name : new String[] {"envelope.key", "root.key", "body.key"}) {
      Path file = folder.resolve("new/keys").resolve(name);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(run("hub", "keys", "import", file("sealed"), "--data-dir", file("new")).err())
        .contains("none is replaced");
    byte[] sealed = Files.readAllBytes(folder.resolve("sealed"));
    assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("PRIVATE");
    sealed[10] ^= 1;
    Files.write(folder.resolve("bent"), sealed);
    assertThat(run("hub", "keys", "import", file("bent"), "--data-dir", file("other")).code())
        .isEqualTo(ExitCode.PRECONDITION);
    environment = Map.of(TrustFiles.PASSPHRASE, "battery staple");
    assertThat(run("hub", "keys", "import", file("sealed"), "--data-dir", file("other")).err())
        .contains("is that its passphrase?");
  }

  private TrustedRoot pinned(String name) throws IOException {
    byte[] dsse = Files.readAllBytes(folder.resolve(name));
    return RootChain.pinned(dsse, Dsse.parse(dsse).digest());
  }

  private Process openssl(String... arguments) throws IOException {
    List<String> line = new ArrayList<>(List.of("openssl"));
    line.addAll(List.of(arguments));
    return new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private JsonNode json(String... arguments) throws IOException {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "-o";
    all[arguments.length + 1] = "json";
    return new ObjectMapper().readTree(ok(all).out());
  }

  private Result ok(String... arguments) {
    Result result = run(arguments);
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    return result;
  }

  private Result run(String... arguments) {
    return Result.of(environment, () -> NOW, arguments);
  }
}
