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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hub, agent or API server go away in the middle, and nothing is lost, doubled or pretended. */
final class OutageTest {
  private static final int MANY = 120;

  @TempDir private Path scratch;
  private WebFleet web;
  private Fleet fleet;
  private FleetCluster store;

  @BeforeEach
  void startAFleet() {
    web = new WebFleet(scratch);
    fleet = web.fleet();
    store = web.store();
  }

  @AfterEach
  void endIt() {
    web.close();
  }

  @Test
  void correctionGoesOnWithoutTheHubAndItIsToldLater() {
    fleet.hub().kill();

    edit("settings", "edited while the hub is away");
    web.awaitValue("declared");
    store.agent().kill();
    store.agent().start();
    edit("settings", "edited after a restart without the hub");
    web.awaitValue("declared");

    fleet.hub().start();
    web.waitFor("ready");
    web.declare("new");
    web.awaitValue("new");
    Deadline.in(WebFleet.SOON)
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
        .await(
            before,
            WebFleet.SOON,
            "the agent has begun",
            e -> isApply(e) && e.name().startsWith("m"));

    store.agent().kill();
    long applied =
        store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before).stream()
            .filter(e -> e.name().startsWith("m"))
            .count();
    assertThat(applied).as("killed in the middle").isLessThan(MANY);
    store.agent().start();

    web.waitFor("ready");
    List<JsonNode> objects =
        store.admin().list("/api/v1/namespaces/web/configmaps?labelSelector=towline.io%2Fbundle");
    assertThat(objects).hasSize(MANY + 1);
    assertThat(store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before))
        .as("nothing is deleted on the way")
        .noneMatch(e -> e.verb().equals("delete"));

    fleet.repository().remove("apps/web/m000.yaml").commit("one less");
    store.admin().awaitGone("/api/v1/namespaces/web/configmaps/m000", WebFleet.SOON);
  }

  @Test
  void anApiServerThatRestartsIsConvergedAgain() {
    store.controlPlane().apiServer().kill();
    web.declare("while down");
    store.controlPlane().apiServer().start();

    web.awaitValue("while down");
    web.waitFor("ready");
    edit("settings", "edited after the restart");
    web.awaitValue("while down");
  }

  @Test
  void aClusterThatIsNotHeardOfIsNeverReady() {
    store.agent().kill();

    web.waitFor("unknown");
    JsonNode target = fleet.cli().json("get", "targets", "web@store").at("/items/0");
    assertThat(target.path("lastKnownStatus").asText()).isEqualTo("Ready");
    JsonNode summary = fleet.cli().json("status");
    assertThat(summary.at("/targetsByStatus/Ready").asInt()).isZero();
    assertThat(summary.at("/targetsByStatus/Unknown").asInt()).isEqualTo(1);
    assertThat(fleet.cli().run("status").stdout()).contains("Unknown", "offline");

    store.agent().start();
    web.waitFor("ready");
  }

  @Test
  void aRestartedHubSignsNothingAnewAndAnAgentThatReconnectsWritesNothing() {
    long sequence = sequence();
    AuditLog.Mark before = store.controlPlane().auditLog().mark();

    fleet.hub().stop();
    fleet.hub().start();
    store.agent().stop();
    store.agent().start();
    web.waitFor("ready");

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
}
