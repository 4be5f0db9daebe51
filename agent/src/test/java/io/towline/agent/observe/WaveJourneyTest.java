package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.annotated;
import static io.towline.agent.apply.TestStates.configMap;
import static io.towline.agent.apply.TestStates.deployment;
import static io.towline.agent.apply.TestStates.healthTimeout;
import static io.towline.agent.apply.TestStates.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.MemoryInventory;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestStates;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Waves wait for each other, against a real API server; the tests set what a controller would say.
 */
@ExtendWith(WithCluster.class)
class WaveJourneyTest {
  private static final Map<String, String> QUICK =
      Map.of("towline.apply.retry-first", "200ms", "towline.apply.retry-longest", "400ms");

  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  WaveJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return new AgentRig(cluster.kubeconfig(), bodies, store, QUICK);
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String inWave(int wave, String object) {
    return annotated(object, "test/wave", Integer.toString(wave));
  }

  private static String map(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  private static String workload(String namespace, String name) {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name;
  }

  private static String job(String namespace, String name) {
    return """
        {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"%s","namespace":"%s"},
         "spec":{"backoffLimit":0,"template":{"spec":{"restartPolicy":"Never",
          "containers":[{"name":"run","image":"example.org/run:1"}]}}}}
        """
        .formatted(name, namespace);
  }

  private void rolledOut(String namespace, String name) throws Exception {
    long generation = cluster.get(workload(namespace, name)).at("/metadata/generation").asLong();
    cluster.patch(
        workload(namespace, name) + "/status",
        "controllers",
        """
        {"status":{"observedGeneration":%d,"replicas":1,"updatedReplicas":1,"readyReplicas":1,
         "availableReplicas":1,"conditions":[{"type":"Available","status":"True"}]}}
        """
            .formatted(generation));
  }

  private void jobIs(String namespace, String name, String conditions) throws Exception {
    cluster.patch(
        "/apis/batch/v1/namespaces/" + namespace + "/jobs/" + name + "/status",
        "controllers",
        "{\"status\":{\"startTime\":\"2026-01-01T00:00:00Z\"," + conditions + "}}");
  }

  private Observation.TargetState awaitWaiting(AgentRig agent, String bundle, String object)
      throws Exception {
    return agent.awaitTarget(
        bundle, t -> t.status() == Status.WAITING && t.message().contains(object));
  }

  @Test
  void aWaveComesWhenTheOneBeforeItIsHealthyAndSaysUntilThenWhatItWaitsFor() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "waves",
                  namespace("waves"),
                  deployment("waves", "database", 1),
                  configMap("waves", "beside", "k", "v"),
                  inWave(1, configMap("waves", "second", "k", "v")),
                  inWave(2, configMap("waves", "third", "k", "v")))
              .build());

      Observation.TargetState waiting = awaitWaiting(agent, "waves", "controller");
      assertThat(waiting.reason()).contains(Reason.WAVE_NOT_READY);
      assertThat(waiting.message())
          .isEqualTo(
              "wave 1 waits for Deployment.apps waves/database: its controller has not seen it yet");
      assertThat(cluster.code(map("waves", "beside"))).isEqualTo(200);
      assertThat(cluster.code(map("waves", "second"))).isEqualTo(404);
      long lines = cluster.auditLines();

      rolledOut("waves", "database");

      agent.awaitStatus("waves", Status.READY, 1);
      assertThat(cluster.code(map("waves", "third"))).isEqualTo(200);
      assertThat(cluster.audit(lines))
          .as("what waits asks for nothing: two applies, and no look at what it waits for")
          .extracting(event -> event.path("verb").asText() + " " + name(event))
          .containsExactlyInAnyOrder("patch second", "patch third");
    }
  }

  private static String name(JsonNode event) {
    return event.at("/objectRef/name").asText();
  }

  @Test
  void aRestartedAgentGoesOnWaitingAndThenGoesOn() throws Exception {
    TestStates waves =
        state(1)
            .bundle(
                "again",
                namespace("again"),
                deployment("again", "database", 1),
                inWave(1, configMap("again", "second", "k", "v")));
    try (AgentRig agent = agent()) {
      agent.offer(waves.build());
      awaitWaiting(agent, "again", "database");
    }
    try (AgentRig restarted = agent()) {
      restarted.offer(waves.build());

      awaitWaiting(restarted, "again", "database");
      assertThat(cluster.code(map("again", "second"))).isEqualTo(404);
      rolledOut("again", "database");
      restarted.awaitStatus("again", Status.READY, 1);
      assertThat(cluster.code(map("again", "second"))).isEqualTo(200);
    }
  }

  @Test
  void whatIsNotHealthyInTimeStopsLaterWavesAloneAndTheyGoOnWhenItIs() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "late",
                  healthTimeout(Duration.ofSeconds(1)),
                  namespace("late"),
                  deployment("late", "database", 1),
                  configMap("late", "beside", "k", "v"),
                  inWave(1, configMap("late", "second", "k", "v")))
              .build());

      Observation.TargetState late = agent.awaitStatus("late", Status.DEGRADED, 1);
      assertThat(late.reason()).contains(Reason.HEALTH_CHECK_FAILED);
      assertThat(late.message())
          .contains("Deployment.apps late/database")
          .endsWith("; wave 1 waits");
      assertThat(cluster.code(map("late", "beside"))).isEqualTo(200);
      assertThat(cluster.code(map("late", "second"))).isEqualTo(404);

      rolledOut("late", "database");
      agent.awaitStatus("late", Status.READY, 1);
    }
  }

  @Test
  void aNewRevisionReplacesTheWait() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "replaced",
                  namespace("replaced"),
                  deployment("replaced", "database", 1),
                  inWave(1, configMap("replaced", "second", "k", "v")))
              .build());
      awaitWaiting(agent, "replaced", "database");

      agent.offer(
          state(2)
              .bundle(
                  "replaced",
                  namespace("replaced"),
                  configMap("replaced", "first", "k", "v"),
                  inWave(1, configMap("replaced", "second", "k", "new")))
              .deletion("replaced", "apps/v1", "Deployment", "replaced", "database")
              .build());

      agent.awaitStatus("replaced", Status.READY, 2);
      assertThat(cluster.get(map("replaced", "second")).at("/data/k").asText()).isEqualTo("new");
      agent.awaitUntil(() -> code(workload("replaced", "database")) == 404);
    }
  }

  private int code(String path) {
    try {
      return cluster.code(path);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aChangedObjectIsWaitedForAnewAndNotTakenForWhatItWas() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "changed",
                  namespace("changed"),
                  deployment("changed", "database", 1),
                  inWave(1, configMap("changed", "second", "k", "v")))
              .build());
      awaitWaiting(agent, "changed", "database");
      rolledOut("changed", "database");
      agent.awaitStatus("changed", Status.READY, 1);

      agent.offer(
          state(2)
              .bundle(
                  "changed",
                  namespace("changed"),
                  deployment("changed", "database", 2),
                  inWave(1, configMap("changed", "second", "k", "new")))
              .build());

      agent.awaitTarget("changed", t -> t.sequence() == 2 && t.status() == Status.WAITING);
      assertThat(cluster.get(map("changed", "second")).at("/data/k").asText()).isEqualTo("v");
    }
  }

  @Test
  void aJobGatesByItsOutcomeAndNotByItsStart() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "jobs",
                  namespace("jobs"),
                  job("jobs", "migrate"),
                  inWave(1, configMap("jobs", "second", "k", "v")))
              .build());
      awaitWaiting(agent, "jobs", "migrate");

      jobIs("jobs", "migrate", "\"active\":1");
      awaitWaiting(agent, "jobs", "the job has not finished");
      assertThat(cluster.code(map("jobs", "second"))).isEqualTo(404);

      jobIs(
          "jobs",
          "migrate",
          "\"active\":0,\"succeeded\":1,\"completionTime\":\"2026-01-01T00:00:01Z\","
              + "\"conditions\":[{\"type\":\"SuccessCriteriaMet\",\"status\":\"True\"},"
              + "{\"type\":\"Complete\",\"status\":\"True\"}]");
      agent.awaitStatus("jobs", Status.READY, 1);
    }
  }

  @Test
  void aFailedJobStopsTheNextWaveAndIsNamed() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "broken",
                  namespace("broken"),
                  job("broken", "migrate"),
                  inWave(1, configMap("broken", "second", "k", "v")))
              .build());
      awaitWaiting(agent, "broken", "migrate");

      jobIs(
          "broken",
          "migrate",
          "\"failed\":1,\"conditions\":[{\"type\":\"FailureTarget\",\"status\":\"True\"},"
              + "{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"BackoffLimitExceeded\"}]");

      Observation.TargetState failed = agent.awaitStatus("broken", Status.DEGRADED, 1);
      assertThat(failed.message())
          .contains("Job.batch broken/migrate")
          .contains("BackoffLimitExceeded");
      assertThat(cluster.code(map("broken", "second"))).isEqualTo(404);
    }
  }

  @Test
  void theLastWaveIsDeletedFirstAndTheOthersStayUntilItIsGone() throws Exception {
    List<String> objects =
        List.of(
            namespace("reverse"),
            configMap("reverse", "first", "k", "v"),
            inWave(1, configMap("reverse", "second", "k", "v")));
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("reverse", objects.toArray(String[]::new)).build());
      agent.awaitStatus("reverse", Status.READY, 1);
      cluster.patch(
          map("reverse", "second"), "other", "{\"metadata\":{\"finalizers\":[\"test.io/hold\"]}}");
    }
    try (AgentRig restarted = agent()) {
      restarted.offer(
          state(2)
              .bundle("reverse", namespace("reverse"))
              .deletion("reverse", "v1", "ConfigMap", "reverse", "first")
              .deletion("reverse", "v1", "ConfigMap", "reverse", "second")
              .build());

      restarted.awaitTarget("reverse", t -> t.message().contains("waits for its finalizers"));
      assertThat(cluster.code(map("reverse", "first"))).isEqualTo(200);

      cluster.patch(map("reverse", "second"), "other", "{\"metadata\":{\"finalizers\":null}}");
      restarted.awaitUntil(() -> code(map("reverse", "first")) == 404);
      restarted.awaitStatus("reverse", Status.READY, 2);
    }
  }
}
