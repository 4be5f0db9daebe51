package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster's agent enrols once, is replaced and let go of, and what runs is never touched. */
final class EnrolmentTest {
  private static final String SETTINGS = "/api/v1/namespaces/web/configmaps/settings";

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
  void anAgentIsReplacedByTheHolderOfANewTokenAndTheOlderOneIsToldSo() {
    String token = fleet.cli().answer("cluster", "rotate", "store", "-o", "token").strip();
    AgentProcess next =
        AgentProcess.in(
                scratch.resolve("next"),
                store.controlPlane().apiServer().kubeconfig(ApiServer.AGENT))
            .withJoinToken(token);
    web.waitFor("ready");
    store.agent().stop();
    try {
      next.start();
      web.declare("by the next agent");
      web.awaitValue("by the next agent");

      store.agent().launch();
      Deadline.in(WebFleet.SOON)
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
      web.declare("by the first");
      web.awaitValue("by the first");

      second.launch();

      Deadline.in(WebFleet.SOON)
          .until(
              "the refusal is on record",
              () -> fleet.cli().run("cluster", "get", "store").stdout().contains("JoinTokenUsed"));
      assertThat(first.process().isAlive()).isTrue();
      web.declare("still by the first");
      web.awaitValue("still by the first");
    }
  }

  @Test
  void aCordonedClusterKeepsWhatItHasAndARemovedOneIsLeftAsItIs() {
    assertThat(fleet.cli().run("cluster", "cordon", "store", "--reason", "stocktaking").exitCode())
        .isZero();
    web.declare("too early");
    Deadline.in(WebFleet.SOON)
        .until("the change waits", () -> target().path("reason").asText().equals("Cordoned"));
    assertThat(target().path("status").asText()).isEqualTo("Waiting");
    assertThat(value()).isEqualTo("declared");
    fleet.cli().answer("cluster", "uncordon", "store");
    web.awaitValue("too early");

    fleet.cli().answer("cluster", "remove", "store");

    Deadline.in(WebFleet.SOON)
        .until("the agent knows", () -> log(store.agent()).contains("ClusterRemoved"));
    web.declare("for nobody");
    assertThat(fleet.cli().run("cluster", "get", "store").exitCode()).isNotZero();
    assertThat(value()).isEqualTo("too early");
    assertThat(store.agent().process().isAlive()).isTrue();
  }

  private JsonNode target() {
    return fleet.cli().json("get", "targets").at("/items/0");
  }

  private String value() {
    return store.admin().get(SETTINGS).orElseThrow().at("/data/value").asText();
  }

  private static String log(AgentProcess agent) {
    try {
      return Files.readString(agent.process().log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
