package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.TowlineCli;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster's agent enrols once, is replaced and let go of, and what runs is never touched. */
final class EnrolmentTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String SETTINGS = "/api/v1/namespaces/web/configmaps/settings";

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
  void anAgentIsReplacedByTheHolderOfANewTokenAndTheOlderOneIsToldSo() {
    String token = fleet.cli().answer("cluster", "rotate", "store", "-o", "token").strip();
    AgentProcess next =
        AgentProcess.in(
                scratch.resolve("next"),
                store.controlPlane().apiServer().kubeconfig(ApiServer.AGENT))
            .withJoinToken(token);
    waitFor("ready");
    store.agent().stop();
    try {
      next.start();
      change("by the next agent");
      awaitValue("by the next agent");

      store.agent().launch();
      Deadline.in(SOON)
          .until("the older agent knows", () -> log(store.agent()).contains("CertificateRevoked"));
    } finally {
      next.close();
    }
  }

  @Test
  void aSecondAgentWithAUsedTokenIsRefusedAndPeopleSeeIt() {
    String token = fleet.cli().answer("cluster", "rotate", "store", "-o", "token").strip();
    store.agent().stop();
    Path kubeconfig = store.controlPlane().apiServer().kubeconfig(ApiServer.AGENT);
    try (AgentProcess first =
            AgentProcess.in(scratch.resolve("first"), kubeconfig).withJoinToken(token).start();
        AgentProcess second =
            AgentProcess.in(scratch.resolve("second"), kubeconfig).withJoinToken(token)) {
      change("by the first");
      awaitValue("by the first");

      second.launch();

      Deadline.in(SOON)
          .until(
              "the refusal is on record",
              () -> fleet.cli().run("cluster", "get", "store").stdout().contains("JoinTokenUsed"));
      assertThat(first.process().isAlive()).isTrue();
      change("still by the first");
      awaitValue("still by the first");
    }
  }

  @Test
  void aCordonedClusterKeepsWhatItHasAndARemovedOneIsLeftAsItIs() {
    assertThat(fleet.cli().run("cluster", "cordon", "store", "--reason", "stocktaking").exitCode())
        .isZero();
    change("too early");
    Deadline.in(SOON)
        .until("the change waits", () -> target().path("reason").asText().equals("Cordoned"));
    assertThat(target().path("status").asText()).isEqualTo("Waiting");
    assertThat(value()).isEqualTo("declared");
    fleet.cli().answer("cluster", "uncordon", "store");
    awaitValue("too early");

    fleet.cli().answer("cluster", "remove", "store");

    Deadline.in(SOON).until("the agent knows", () -> log(store.agent()).contains("ClusterRemoved"));
    change("for nobody");
    assertThat(fleet.cli().run("cluster", "get", "store").exitCode()).isNotZero();
    assertThat(value()).isEqualTo("too early");
    assertThat(store.agent().process().isAlive()).isTrue();
  }

  private JsonNode target() {
    return fleet.cli().json("get", "targets").at("/items/0");
  }

  private void change(String value) {
    fleet
        .repository()
        .write("apps/web/settings.yaml", Yaml.configMap("settings", value))
        .commit(value);
  }

  private String value() {
    return store.admin().get(SETTINGS).orElseThrow().at("/data/value").asText();
  }

  private void awaitValue(String value) {
    store
        .admin()
        .await(
            SETTINGS,
            SOON,
            "has the value " + value,
            o -> value.equals(o.at("/data/value").asText()));
  }

  private void waitFor(String condition) {
    TowlineCli.Result result =
        fleet.cli().run("wait", "target/web@store", "--for", condition, "--timeout", "90s");
    assertThat(result.exitCode()).as(result.stderr()).isZero();
  }

  private static String log(AgentProcess agent) {
    try {
      return Files.readString(agent.process().log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
