package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.TowlineCli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two sources on one repository, one of the policy head and one of strict: what nobody trusted
 * signed reaches no cluster, and the source says why.
 */
final class SignedSourceTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String HEAD = Fleet.SOURCE;
  private static final String STRICT = "ledger";

  @TempDir private Path scratch;
  private Fleet fleet;
  private FleetCluster store;
  private Path key;
  private String fingerprint;

  @BeforeEach
  void startAFleetThatAsksForSignatures() {
    key = scratch.resolve("alice");
    keygen("-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", key.toString());
    fingerprint = keygen("-l", "-f", key.toString()).split(" ", -1)[1];
    fleet = new Fleet(scratch);
    String trusted = commit(false, "begin");
    fleet.hub().withSource(STRICT, fleet.repository().fileUrl());
    for (String source : List.of(HEAD, STRICT)) {
      fleet
          .hub()
          .with("towline.sources." + source + ".path", source)
          .with("towline.sources." + source + ".signers.alice.fingerprint", fingerprint);
    }
    fleet
        .hub()
        .with("towline.sources." + HEAD + ".commits.policy", "head")
        .with("towline.sources." + STRICT + ".commits.policy", "strict")
        .with("towline.sources." + STRICT + ".commits.trusted-commit", trusted);
    for (String source : List.of(HEAD, STRICT)) {
      fleet
          .repository()
          .write(source + "/towline.yaml", Yaml.bundle(source, Yaml.EVERYWHERE))
          .write(source + "/namespace.yaml", Yaml.namespace(source));
    }
    change("first");
    commit(true, "first");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    WebFleet.awaitValue(store, HEAD, "first");
    WebFleet.awaitValue(store, STRICT, "first");
  }

  @AfterEach
  void endIt() {
    fleet.close();
  }

  @Test
  void onlyWhatATrustedKeySignedReachesAClusterAndTheSourceSaysWhy() {
    String good = fleet.repository().head();
    String signer = "alice " + fingerprint;
    assertThat(json("target", HEAD + "@store").path("desiredSigner").asText()).isEqualTo(signer);
    assertThat(json("source", STRICT).path("signer").asText()).isEqualTo(signer);
    assertThat(fleet.cli().answer("describe", "target", HEAD + "@store")).contains(signer);

    change("unsigned");
    String unsigned = commit(false, "unsigned");

    for (String source : List.of(HEAD, STRICT)) {
      awaitReason(source, "CommitUnsigned");
      JsonNode refused = json("source", source);
      assertThat(refused.path("refusedCommit").asText()).isEqualTo(unsigned);
      assertThat(refused.path("commit").asText()).isEqualTo(good);
      assertThat(fleet.cli().answer("describe", "source", source))
          .contains(unsigned, "Next: sign it with the key of one of the source's signers");
      assertThat(value(source)).isEqualTo("first");
    }

    change("signed");
    commit(true, "signed");

    WebFleet.awaitValue(store, HEAD, "signed");
    awaitReason(HEAD, "");
    awaitAttempts(STRICT);
    JsonNode refused = json("source", STRICT);
    assertThat(refused.path("reason").asText()).isEqualTo("CommitUnsigned");
    assertThat(refused.path("refusedCommit").asText()).isEqualTo(unsigned);
    assertThat(value(STRICT)).isEqualTo("first");

    healByRewriting(good);
  }

  /** Without the unsigned commit the strict source goes on, and the other one asks a person. */
  private void healByRewriting(String good) {
    fleet.repository().resetTo(good);
    change("rewritten");
    String rewritten = commit(true, "rewritten");

    WebFleet.awaitValue(store, STRICT, "rewritten");
    awaitReason(HEAD, "HistoryRewritten");
    assertThat(value(HEAD)).isEqualTo("signed");
    String approve = "towline source approve " + HEAD + " " + rewritten;
    assertThat(fleet.cli().answer("describe", "source", HEAD)).contains(approve);

    TowlineCli.Result other = fleet.cli().run("source", "approve", HEAD, good);
    assertThat(other.exitCode()).isNotZero();
    assertThat(other.stderr()).contains(rewritten);
    fleet.cli().answer("source", "approve", HEAD, rewritten);
    fleet.cli().answer("source", "approve", HEAD, rewritten);

    WebFleet.awaitValue(store, HEAD, "rewritten");
    assertThat(fleet.cli().answer("events", "-o", "json"))
        .containsOnlyOnce("an administrator approved commit " + rewritten);
  }

  private void change(String value) {
    for (String source : List.of(HEAD, STRICT)) {
      fleet.repository().write(source + "/settings.yaml", Yaml.configMap("settings", value));
    }
  }

  private String commit(boolean signed, String message) {
    fleet.repository().git("config", "gpg.format", "ssh");
    fleet.repository().git("config", "user.signingkey", key.toString());
    fleet.repository().git("config", "commit.gpgsign", Boolean.toString(signed));
    return fleet.repository().commit(message);
  }

  private JsonNode json(String kind, String name) {
    return fleet.cli().json("describe", kind, name);
  }

  private void awaitReason(String source, String reason) {
    Deadline.in(SOON)
        .until(
            source + " says '" + reason + "'",
            () -> json("source", source).path("reason").asText().equals(reason));
  }

  /** The source is asked twice more. */
  private void awaitAttempts(String source) {
    for (int i = 0; i < 2; i++) {
      String before = json("source", source).path("lastAttemptTime").asText();
      Deadline.in(SOON)
          .until(
              source + " is asked again",
              () -> !json("source", source).path("lastAttemptTime").asText().equals(before));
    }
  }

  private String value(String bundle) {
    return store
        .admin()
        .get("/api/v1/namespaces/" + bundle + "/configmaps/settings")
        .orElseThrow()
        .at("/data/value")
        .asText();
  }

  private static String keygen(String... arguments) {
    try {
      Process process =
          new ProcessBuilder(Stream.concat(Stream.of("ssh-keygen"), Stream.of(arguments)).toList())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      return output;
    } catch (IOException e) {
      throw new IllegalStateException("ssh-keygen could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running ssh-keygen", e);
    }
  }
}
