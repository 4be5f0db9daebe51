package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.Folders;
import io.towline.testkit.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clusters that name themselves are let in by a person; copies of an agent are not. */
final class ManyClustersTest {
  @TempDir private Path scratch;

  @Test
  void aClusterNamesItselfWaitsAndIsLetInAndACopyOfItsAgentElsewhereIsNot() throws IOException {
    try (WebFleet web = new WebFleet(scratch.resolve("fleet"))) {
      Fleet fleet = web.fleet();
      String token =
          fleet
              .cli()
              .answer(
                  "cluster",
                  "add",
                  "--pool",
                  "edge",
                  "--max",
                  "2",
                  "--label",
                  "env=edge",
                  "--accept-label",
                  "site",
                  "--accept-manually",
                  "-o",
                  "token")
              .strip();
      try (ControlPlane controlPlane = fleet.startCluster("edge-1", Workloads.KEPT);
          AgentProcess agent =
              AgentProcess.in(
                      scratch.resolve("edge"), controlPlane.apiServer().kubeconfig(ApiServer.AGENT))
                  .withJoinToken(token)
                  .withEnvironment("TOWLINE_CLUSTER_NAME", "edge-1")
                  .withEnvironment("TOWLINE_CLUSTER_LABELS", "site=lima,env=prod")) {
        Fleet.welcomeAgent(controlPlane.admin());
        agent.start();
        awaitLog(agent, "AcceptancePending");
        assertThat(fleet.cli().answer("get", "clusters"))
            .contains("Waiting: towline cluster accept edge-1");
        assertThat(fleet.cli().json("get", "targets", "--cluster", "edge-1").at("/items"))
            .isEmpty();

        fleet.cli().answer("cluster", "accept", "edge-1");
        FleetCluster edge = new FleetCluster("edge-1", controlPlane, agent);
        WebFleet.awaitValue(edge, "web", "declared");

        JsonNode shown = fleet.cli().json("get", "cluster", "edge-1");
        assertThat(shown.at("/items/0/labels/env").asText()).isEqualTo("edge");
        assertThat(shown.at("/items/0/labels/site").asText()).isEqualTo("lima");

        agent.stop();
        Path copy = scratch.resolve("copy");
        Folders.copy(agent.stateDirectory(), copy.resolve("state"));
        agent.start();
        web.declare("after the restart");
        WebFleet.awaitValue(edge, "web", "after the restart");
        copyRunsElsewhere(web, copy);
        web.declare("and still the first");
        WebFleet.awaitValue(edge, "web", "and still the first");
      }
    }
  }

  /** The volume of edge-1 in the other cluster, whose own agent is stopped for that. */
  private static void copyRunsElsewhere(WebFleet web, Path copy) throws IOException {
    web.store().agent().stop();
    try (AgentProcess copied =
        AgentProcess.in(copy, web.store().controlPlane().apiServer().kubeconfig(ApiServer.AGENT))) {
      copied.launch();
      awaitLog(copied, "ClusterMismatch");
      assertThat(Files.readString(copied.process().log())).contains("cluster rotate --rebuilt");
    }
    assertThat(web.fleet().cli().answer("cluster", "get", "edge-1"))
        .contains("ClusterMismatch", "edge-1 is the cluster whose kube-system has the UID");
    web.store().agent().start();
  }

  private static void awaitLog(AgentProcess agent, String text) {
    Deadline.in(WebFleet.SOON)
        .until(
            "the agent says " + text,
            () -> {
              try {
                return Files.readString(agent.process().log()).contains(text);
              } catch (IOException e) {
                return false;
              }
            });
  }
}
