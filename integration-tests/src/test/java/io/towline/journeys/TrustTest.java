package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.TowlineCli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Whom a running fleet trusts: roots that change under it, and signatures of others. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class TrustTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String SETTINGS = "/api/v1/namespaces/web/configmaps/settings";

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;
  private static Path desk;

  @BeforeAll
  static void startAFleet() throws IOException {
    fleet = new Fleet(scratch.resolve("fleet"));
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"))
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "1"))
        .commit("begin");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    desk = Files.createDirectory(scratch.resolve("desk"));
    // The root key leaves the hub, as it should on the first day.
    Files.move(fleet.hub().dataDirectory().resolve("keys/root.key"), desk.resolve("root.key"));
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  @Test
  @Order(1)
  void aRootOfTheNextEpochReachesTheAgentWithoutARestart() throws IOException {
    store.admin().await(SETTINGS, SOON, "has arrived", o -> true);

    Files.writeString(desk.resolve("1.json"), ok("root", "show", "-o", "dsse").stdout());
    ok("root", "rotate", "-f", desk("2.json"), "--epoch");
    ok("root", "sign", desk("2.json"), "--key", desk("root.key"), "--yes");
    ok("root", "submit", desk("2.json"));
    ok("root", "submit", desk("2.json"));

    ok("reconcile", "source", Fleet.SOURCE);
    JsonNode verified = fleet.cli().json("verify", "store");
    assertThat(verified.path("epoch").asInt()).isEqualTo(2);
    ok("wait", "target/web@store", "--for", "ready", "--timeout", "60s");
    change("2");
    awaitSettings("2");
  }

  @Test
  @Order(2)
  void anEnvelopeThatNeedsASecondSignatureWaitsForItAndArrivesWithIt() {
    ok("key", "generate", desk("ci.key"));
    ok("key", "generate", desk("stranger.key"));
    JsonNode root = fleet.cli().json("root", "show");
    String hubKey = root.at("/envelope/0/keyids/0").asText();
    ok("root", "rotate", "-f", desk("3.json"));
    ok(
        "root",
        "scope",
        desk("3.json"),
        "prod",
        "--cluster",
        "store",
        "--keyid",
        hubKey,
        "--key",
        desk("ci.key.pub"),
        "--threshold",
        "2",
        "--max-lifetime",
        "30");
    ok("root", "sign", desk("3.json"), "--key", desk("root.key"), "--yes");
    ok("root", "submit", desk("3.json"));

    change("3");
    JsonNode target = fleet.cli().json("get", "targets").at("/items/0");
    assertThat(target.path("status").asText()).isEqualTo("Waiting");
    assertThat(target.path("reason").asText()).isEqualTo("SignatureRequired");
    assertThat(target.path("nextStep").asText()).contains("towline sign");
    assertThat(settings()).isEqualTo("2");

    assertThat(fleet.cli().run("sign", "store", "--key", desk("stranger.key"), "--yes").exitCode())
        .isEqualTo(6);
    Result signed = ok("sign", "store", "--key", desk("ci.key"), "--yes");
    assertThat(signed.stderr())
        .contains("~ bundle web")
        .contains("ConfigMap")
        .contains("2 of 2, published");
    awaitSettings("3");
    ok("wait", "target/web@store", "--for", "ready", "--timeout", "60s");
    assertThat(ok("sign").stderr()).contains("No envelope waits");
  }

  @Test
  @Order(3)
  void whatIsExportedIsVerifiedWithoutTheHub() throws IOException {
    String pin = fleet.cli().json("root", "show", desk("1.json")).path("payloadSha256").asText();
    ok("export", "store", "-d", desk("proof"), "--root-sha256", pin);
    ok("export", "store", "--tar", desk("proof.tar"), "--root-sha256", pin);

    assertThat(ok("verify", desk("proof"), "--root-sha256", pin).stdout()).contains("store");
    assertThat(ok("verify", desk("proof.tar"), "--root-sha256", pin).stdout()).contains("store");
    try (var files = Files.list(desk.resolve("proof"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".sigstore.json"))).hasSize(2);
    }
  }

  @Test
  @Order(4)
  void theHubSaysThatItsKeyIsEnoughAndWhatItNamesChangesThat() {
    JsonNode caution = fleet.cli().json("status").at("/cautions/0");
    assertThat(caution.path("message").asText())
        .contains("every cluster that no other role names (role all)")
        .doesNotContain("prod");

    for (JsonNode command : caution.path("commands")) {
      String line =
          command
              .asText()
              .replace("SECOND.pub", desk("ci.key.pub"))
              .replace("next.json", desk("two.json"))
              .replace("root.key", desk("root.key"));
      // A person would be asked.
      String[] words = (line.contains(" sign ") ? line + " --yes" : line).split(" ", -1);
      ok(Arrays.copyOfRange(words, 1, words.length));
    }

    assertThat(fleet.cli().json("status").path("cautions")).isEmpty();
  }

  private static void change(String value) {
    fleet
        .repository()
        .write("apps/web/settings.yaml", Yaml.configMap("settings", value))
        .commit("say " + value);
    ok("reconcile", "source", Fleet.SOURCE);
  }

  private static void awaitSettings(String value) {
    store
        .admin()
        .await(SETTINGS, SOON, "is " + value, o -> o.at("/data/value").asText().equals(value));
  }

  private static String settings() {
    return store.admin().get(SETTINGS).orElseThrow().at("/data/value").asText();
  }

  private static String desk(String name) {
    return desk.resolve(name).toString();
  }

  private static Result ok(String... arguments) {
    Result result = fleet.cli().run(arguments);
    assertThat(result.exitCode()).as(result.stderr()).isZero();
    return result;
  }
}
