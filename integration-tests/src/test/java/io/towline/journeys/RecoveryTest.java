package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.Folders;
import io.towline.testkit.HubDatabase;
import io.towline.testkit.TowlineCli;
import io.towline.testkit.TowlineCli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** docs/recovery.md, step by step, on one hub and one real agent that is never told anything. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class RecoveryTest {
  /** By how many sequences a hub follows an agent; stated in docs/recovery.md. */
  private static final long JUMP = 1L << 20;

  private static final String SETTINGS = "/api/v1/namespaces/web/configmaps/settings";

  @TempDir private static Path scratch;
  private static WebFleet web;
  private static Fleet fleet;
  private static FleetCluster store;
  private static HubDatabase database;
  private static Path desk;

  @BeforeAll
  static void startAFleet() throws IOException {
    web = new WebFleet(scratch.resolve("fleet"));
    fleet = web.fleet();
    store = web.store();
    database = new HubDatabase(fleet.hub().dataDirectory());
    desk = Files.createDirectory(scratch.resolve("desk"));
    Files.move(fleet.hub().dataDirectory().resolve("keys/root.key"), desk.resolve("root.key"));
  }

  @AfterAll
  static void endIt() {
    web.close();
  }

  @Test
  @Order(1)
  void aStolenKeyIsReplacedAndItsEnvelopesAreOfAnEpochThatIsOver() throws IOException {
    String stolen = fleet.cli().json("root", "show").at("/envelope/0/keyids/0").asText();

    ok("key", "generate", desk("envelope.key"));
    ok("root", "rotate", "-f", desk("next.json"), "--epoch");
    ok(
        "root",
        "add-key",
        desk("next.json"),
        "--role",
        "envelope",
        "--key",
        desk("envelope.key.pub"));
    ok("root", "remove-key", desk("next.json"), "--role", "envelope", "--keyid", stolen);
    ok("root", "sign", desk("next.json"), "--key", desk("root.key"), "--yes");
    fleet.hub().stop();
    Files.copy(
        desk.resolve("envelope.key"),
        fleet.hub().dataDirectory().resolve("keys/envelope.key"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
    fleet.hub().start();
    ok("root", "submit", desk("next.json"));

    web.declare("signed by the new key");
    web.awaitValue("signed by the new key");
    web.waitFor("ready");
    assertThat(epoch()).isEqualTo(2);
    assertThat(fleet.cli().json("root", "show").toString()).doesNotContain(stolen);
  }

  @Test
  @Order(2)
  void aRestoredHubGoesOnAboveWhatItsAgentHolds() {
    Path backup = backUp("small");
    web.declare("after the backup");
    web.awaitValue("after the backup");
    web.waitFor("ready");
    long held = settled();

    restore(backup);

    web.declare("after the restore");
    web.awaitValue("after the restore");
    web.waitFor("ready");
    assertThat(settled()).isGreaterThan(held);
  }

  @Test
  @Order(3)
  void aRestoredHubFollowsByTheLimitAndBeyondItAsksForTheNextEpoch() {
    long atLimit = restoreBehindTheAgentBy(JUMP, "limit");
    store.agent().start();
    web.waitFor("ready");
    assertThat(settled()).isEqualTo(atLimit + 1);

    long beyond = restoreBehindTheAgentBy(JUMP + 1, "beyond");
    store.agent().start();
    web.waitFor("blocked");
    JsonNode target = fleet.cli().json("get", "targets", "web@store").at("/items/0");
    assertThat(target.path("reason").asText()).isEqualTo("SequenceRollback");
    assertThat(target.path("nextStep").asText()).contains("towline root rotate --epoch");
    assertThat(cluster().path("heldSequence").asLong()).isEqualTo(beyond);
    assertThat(ok("events", "--for", "cluster/store", "--types", "Warning").stdout())
        .contains("SequenceRollback", (JUMP + 1) + " above the newest of this hub");

    int epoch = epoch();
    nextEpoch("3.json");

    web.waitFor("ready");
    web.declare("of the next epoch");
    web.awaitValue("of the next epoch");
    assertThat(epoch()).isEqualTo(epoch + 1);
  }

  @Test
  @Order(4)
  void aLostHubIsReplacedFromItsSealedKeysAndABackupThatIsOlderThanTheNewestRoot()
      throws IOException {
    fleet.hub().stop();
    okWithPassphrase("hub", "keys", "export", desk("keys.sealed"), "--data-dir", dataDirectory());
    database.backUp(desk.resolve("lost"));
    fleet.hub().start();
    nextEpoch("4.json");
    web.declare("before the fire");
    web.awaitValue("before the fire");
    web.waitFor("ready");
    long held = settled();
    int epoch = epoch();

    fleet.hub().kill();
    Folders.delete(fleet.hub().dataDirectory());
    okWithPassphrase("hub", "keys", "import", desk("keys.sealed"), "--data-dir", dataDirectory());
    database.restore(desk.resolve("lost"));
    fleet.hub().start();

    web.waitFor("blocked");
    assertThat(fleet.cli().json("get", "targets", "web@store").at("/items/0/reason").asText())
        .isIn("RootVersionMismatch", "EpochMismatch");
    ok("root", "submit", desk("4.json"));
    web.waitFor("ready");
    web.declare("after the fire");
    web.awaitValue("after the fire");
    assertThat(epoch()).isEqualTo(epoch);
    assertThat(settled()).isGreaterThan(held);
  }

  @Test
  @Order(5)
  void aFleetWithoutABackupIsFoundedAnewAndWhatRunsStays() throws IOException {
    String before = settings().at("/metadata/uid").asText();
    fleet.hub().kill();
    Folders.delete(fleet.hub().dataDirectory());
    fleet.hub().start();

    store.agent().stop();
    store.agent().withJoinToken(fleet.joinToken("store", Map.of())).launch();
    assertThat(store.agent().process().awaitExit(WebFleet.SOON)).isNotZero();
    assertThat(Files.readString(store.agent().process().log()))
        .contains("give this agent a directory of its own");
    Folders.delete(store.agent().stateDirectory());
    store.admin().delete("/api/v1/namespaces/towline-system/secrets/towline-agent-trust");
    store.agent().start();

    web.waitFor("ready");
    assertThat(settings().at("/metadata/uid").asText()).isEqualTo(before);
    web.declare("of the new fleet");
    web.awaitValue("of the new fleet");
    fleet.repository().remove("apps/web/settings.yaml").commit("no settings");
    store.admin().awaitGone(SETTINGS, WebFleet.SOON);
  }

  /**
   * Has the agent take an envelope whose sequence is so far above that of a hub which is then
   * restored and has published all that it will: the agent is stopped, and holds what is returned.
   */
  private static long restoreBehindTheAgentBy(long sequences, String name) {
    Path backup = backUp(name);
    fleet.hub().stop();
    // The restored hub signs one envelope, of what Git says by then, before it hears of the agent.
    database.run("update cluster set next_sequence = next_sequence + " + sequences);
    fleet.hub().start();
    web.declare(name);
    web.awaitValue(name);
    web.waitFor("ready");
    long held = settled();
    store.agent().stop();
    long signedBefore = held - sequences;
    restore(backup);
    Deadline.in(WebFleet.SOON)
        .until(
            "the restored hub has signed what Git says",
            () -> cluster().path("sequence").asLong() == signedBefore);
    return held;
  }

  private static Path backUp(String name) {
    fleet.hub().stop();
    database.backUp(desk.resolve(name));
    fleet.hub().start();
    return desk.resolve(name);
  }

  private static void restore(Path backup) {
    fleet.hub().stop();
    database.restore(backup);
    fleet.hub().start();
  }

  private static void nextEpoch(String draft) {
    ok("root", "rotate", "-f", desk(draft), "--epoch");
    ok("root", "sign", desk(draft), "--key", desk("root.key"), "--yes");
    ok("root", "submit", desk(draft));
  }

  /** Of the envelope that the hub has published. */
  private static int epoch() {
    return fleet.cli().json("verify", "store").path("epoch").asInt();
  }

  private static JsonNode cluster() {
    return fleet.cli().json("get", "clusters", "store").at("/items/0");
  }

  /** The newest sequence, once the agent says that it holds it. */
  private static long settled() {
    Deadline.in(WebFleet.SOON)
        .until(
            "the agent says that it holds the newest envelope",
            () -> cluster().path("heldSequence").equals(cluster().path("sequence")));
    return cluster().path("sequence").asLong();
  }

  private static JsonNode settings() {
    return store.admin().get(SETTINGS).orElseThrow();
  }

  private static String dataDirectory() {
    return fleet.hub().dataDirectory().toString();
  }

  private static String desk(String name) {
    return desk.resolve(name).toString();
  }

  private static Result okWithPassphrase(String... arguments) {
    return ok(
        fleet.hub().offlineCli().withEnvironment("TOWLINE_KEY_PASSPHRASE", "a long passphrase"),
        arguments);
  }

  private static Result ok(String... arguments) {
    return ok(fleet.cli(), arguments);
  }

  private static Result ok(TowlineCli cli, String... arguments) {
    Result result = cli.run(arguments);
    assertThat(result.exitCode()).as("%s%n%s", List.of(arguments), result.stderr()).isZero();
    return result;
  }
}
