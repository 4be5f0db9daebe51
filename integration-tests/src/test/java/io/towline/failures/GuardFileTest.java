package io.towline.failures;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.v1.TargetReport;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Fleet;
import io.towline.testkit.Forge;
import io.towline.testkit.HeardReports;
import io.towline.testkit.LyingHub;
import io.towline.testkit.Offer;
import io.towline.testkit.Workloads;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged agent with guard rails in a file of its own, as a ConfigMap is mounted: what stands
 * in the file counts, and an agent that cannot make it count does not start.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GuardFileTest {

  private static final String OBJECTS = "/api/v1/namespaces/" + Scene.BUNDLE + "/configmaps";
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Forge forge = new Forge("store-0107", InstantSource.system());
  private ControlPlane cluster;
  private LyingHub hub;
  private Path scratch;
  private Path guard;
  private int agents;

  @BeforeAll
  void start(@TempDir Path directory) {
    scratch = directory;
    guard = directory.resolve("agent.properties");
    cluster = ControlPlane.start("guarded", scratch.resolve("cluster"), Workloads.KEPT);
    Fleet.welcomeAgent(cluster.admin());
    hub = LyingHub.start(forge);
  }

  @BeforeEach
  void forbidNothing() throws IOException {
    Files.deleteIfExists(guard);
  }

  @AfterAll
  void end() {
    hub.close();
    cluster.close();
  }

  private AgentProcess agent() {
    agents++;
    return AgentProcess.in(
            scratch.resolve("agent-" + agents), cluster.apiServer().kubeconfig(ApiServer.AGENT))
        .withJoinToken(hub.joinToken())
        .withEnvironment("SMALLRYE_CONFIG_LOCATIONS", guard.toString());
  }

  @Test
  void whatStandsInTheFileCountsFromTheNextStartOn() throws IOException {
    Files.writeString(guard, "towline.guard.forbidden-kinds=ConfigMap\n");
    Offer offer = forge.offer(forge.draft(1).with(Scene.honest("guarded")));
    HeardReports.Mark mark = hub.heard().mark();
    try (AgentProcess agent = agent().start()) {
      hub.offer(offer);
      TargetReport blocked =
          hub.heard().awaitTarget(mark, Scene.BUNDLE, 1, Status.BLOCKED.word(), SOON);
      assertThat(blocked.getReason()).isEqualTo(Reason.GUARD_RAIL.word());
      assertThat(blocked.getMessage()).contains("allows no ConfigMap");
      assertThat(cluster.admin().get(OBJECTS + "/" + Scene.SETTINGS)).isEmpty();

      Files.writeString(guard, "towline.guard.max-deletions=25%\n");
      HeardReports.Mark restarted = hub.heard().mark();
      agent.stop();
      agent.start();
      hub.heard().awaitTarget(restarted, Scene.BUNDLE, 1, Status.READY.word(), SOON);
    }
  }

  @Test
  void aMisspeltPropertyOfTheFileIsNamedAndTheAgentDoesNotStart() throws IOException {
    Files.writeString(guard, "towline.guard.forbiden-kinds=ConfigMap\n");
    assertDoesNotStart(agent(), "towline.guard.forbiden-kinds");
  }

  @Test
  void aMisspeltGuardIsNamedAndTheAgentDoesNotStart() throws IOException {
    Files.writeString(guard, "towline.gard.forbidden-kinds=ConfigMap\n");
    assertDoesNotStart(agent(), "towline.gard.forbidden-kinds");
  }

  @Test
  void aMisspeltVariableIsNamedAndTheAgentDoesNotStart() throws IOException {
    Files.writeString(guard, "");
    assertDoesNotStart(
        agent().withEnvironment("TOWLINE_GUARD_FORBIDEN_KINDS", "ConfigMap"),
        "TOWLINE_GUARD_FORBIDEN_KINDS: ");
  }

  @Test
  void aCapThatMeansNothingIsNamedAndTheAgentDoesNotStart() throws IOException {
    Files.writeString(guard, "towline.guard.max-deletions=a quarter\n");
    assertDoesNotStart(agent(), "towline.guard.max-deletions: ");
  }

  @Test
  void withoutTheFileThatIsNamedTheAgentDoesNotStart() throws IOException {
    assertDoesNotStart(agent(), "smallrye.config.locations: " + guard);
  }

  private static void assertDoesNotStart(AgentProcess agent, String said) throws IOException {
    try (agent) {
      agent.launch();
      assertThat(agent.process().awaitExit(SOON)).isNotZero();
      assertThat(Files.readString(agent.process().log())).contains(said);
    }
  }
}
