package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hub, agent or API server go away in the middle, and nothing is lost, doubled or pretended. */
final class OutageTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int MANY = 120;

  @TempDir private Path scratch;
  private Fleet fleet;
  private FleetCluster store;

  @BeforeEach
  void startAFleet() {
    fleet = new Fleet(scratch);
    fleet.hub().with("towline.agents.heartbeat-interval", "PT1S");
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"))
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "declared"))
        .commit("web");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    waitFor("ready");
  }

  @AfterEach
  void endIt() {
    fleet.close();
  }

  @Test
  void correctionGoesOnWithoutTheHubAndItIsToldLater() {
    fleet.hub().kill();

    edit("settings", "edited while the hub is away");
    awaitValue("settings", "declared");
    store.agent().kill();
    store.agent().start();
    edit("settings", "edited after a restart without the hub");
    awaitValue("settings", "declared");

    fleet.hub().start();
    waitFor("ready");
    fleet
        .repository()
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "new"))
        .commit("new");
    awaitValue("settings", "new");
    Deadline.in(SOON)
        .until(
            "the drift of the outage is on record",
            () ->
                fleet
                    .cli()
                    .run("drift", "web@store", "-o", "json")
                    .stdout()
                    .contains("edited after a restart"));
  }

  @Test
  void anAgentKilledInTheMiddleOfAnApplyFinishesItAfterItsRestart() {
    for (int i = 0; i < MANY; i++) {
      fleet
          .repository()
          .write("apps/web/m%03d.yaml".formatted(i), Yaml.configMap("m%03d".formatted(i), "1"));
    }
    AuditLog.Mark before = store.controlPlane().auditLog().mark();
    fleet.repository().commit("many");
    store
        .controlPlane()
        .auditLog()
        .await(before, SOON, "the agent has begun", e -> isApply(e) && e.name().startsWith("m"));

    store.agent().kill();
    long applied =
        store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before).stream()
            .filter(e -> e.name().startsWith("m"))
            .count();
    assertThat(applied).as("killed in the middle").isLessThan(MANY);
    store.agent().start();

    waitFor("ready");
    List<JsonNode> objects =
        store.admin().list("/api/v1/namespaces/web/configmaps?labelSelector=towline.io%2Fbundle");
    assertThat(objects).hasSize(MANY + 1);
    assertThat(store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before))
        .as("nothing is deleted on the way")
        .noneMatch(e -> e.verb().equals("delete"));

    fleet.repository().remove("apps/web/m000.yaml").commit("one less");
    store.admin().awaitGone("/api/v1/namespaces/web/configmaps/m000", SOON);
  }

  @Test
  void anApiServerThatRestartsIsConvergedAgain() {
    store.controlPlane().apiServer().kill();
    fleet
        .repository()
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "while down"))
        .commit("down");
    store.controlPlane().apiServer().start();

    awaitValue("settings", "while down");
    waitFor("ready");
    edit("settings", "edited after the restart");
    awaitValue("settings", "while down");
  }

  @Test
  void aClusterThatIsNotHeardOfIsNeverReady() {
    store.agent().kill();

    waitFor("unknown");
    JsonNode target = fleet.cli().json("get", "targets", "web@store").at("/items/0");
    assertThat(target.path("lastKnownStatus").asText()).isEqualTo("Ready");
    JsonNode summary = fleet.cli().json("status");
    assertThat(summary.at("/targetsByStatus/Ready").asInt()).isZero();
    assertThat(summary.at("/targetsByStatus/Unknown").asInt()).isEqualTo(1);
    assertThat(fleet.cli().run("status").stdout()).contains("Unknown", "offline");

    store.agent().start();
    waitFor("ready");
  }

  @Test
  void aRestartedHubSignsNothingAnewAndAnAgentThatReconnectsWritesNothing() {
    long sequence = sequence();
    AuditLog.Mark before = store.controlPlane().auditLog().mark();

    fleet.hub().stop();
    fleet.hub().start();
    store.agent().stop();
    store.agent().start();
    waitFor("ready");

    assertThat(sequence()).isEqualTo(sequence);
    assertThat(store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before))
        .noneMatch(e -> e.namespace().equals("web"));
  }

  private long sequence() {
    return fleet.cli().json("get", "clusters", "store").at("/items/0/sequence").asLong();
  }

  private static boolean isApply(AuditEvent event) {
    return event.user().equals(ApiServer.AGENT) && event.verb().equals("patch");
  }

  private void edit(String name, String value) {
    store
        .person()
        .patch(
            "/api/v1/namespaces/web/configmaps/" + name + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("data", Map.of("value", value)));
  }

  private void awaitValue(String name, String value) {
    store
        .admin()
        .await(
            "/api/v1/namespaces/web/configmaps/" + name,
            SOON,
            "is " + value,
            o -> o.at("/data/value").asText().equals(value));
  }

  private void waitFor(String state) {
    TowlineCli.Result waited =
        fleet.cli().run("wait", "target/web@store", "--for", state, "--timeout", "90s");
    assertThat(waited.exitCode()).as("%s%n%s", waited.stdout(), waited.stderr()).isZero();
  }
}
