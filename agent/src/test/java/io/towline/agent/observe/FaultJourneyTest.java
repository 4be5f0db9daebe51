package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.configMap;
import static io.towline.agent.apply.TestStates.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.apply.DesiredState;
import io.towline.agent.apply.MemoryInventory;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestStates;
import io.towline.agent.kube.FlakyProxy;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Broken connections, forgotten history and crashes, against a real API server. */
@ExtendWith(WithCluster.class)
class FaultJourneyTest {
  private static final Map<String, String> QUICK =
      Map.of(
          "towline.apply.retry-first", "100ms",
          "towline.observe.watch-retry-first", "100ms",
          "towline.observe.watch-retry-longest", "500ms");

  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  FaultJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String path(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  private DesiredState two(String namespace) {
    return state(1)
        .bundle(
            namespace,
            namespace(namespace),
            configMap(namespace, "one", "k", "v"),
            configMap(namespace, "two", "k", "v"))
        .build();
  }

  @Test
  void goesOnWhereItWasAfterTheConnectionBroke() throws Exception {
    try (FlakyProxy proxy = new FlakyProxy(cluster.apiPort());
        AgentRig agent = new AgentRig(cluster.kubeconfigVia(proxy.port()), bodies, store, QUICK)) {
      agent.offer(two("cut"));
      agent.awaitStatus("cut", Status.READY, 1);

      for (int i = 0; i < 3; i++) {
        String value = "\"x" + i + "\"";
        proxy.cut();
        cluster.patch(path("cut", "one"), "person", "{\"data\":{\"k\":" + value + "}}");
        agent.awaitDrift(
            d ->
                !d.fields().isEmpty()
                    && d.fields().getFirst().found().equals(value)
                    && d.action() == Observation.Action.CORRECTED);
      }
      agent.awaitStatus("cut", Status.READY, 1);
    }
  }

  @Test
  void noticesAConnectionThatDiedWithoutAWord() throws Exception {
    Map<String, String> settings =
        Map.of(
            "towline.observe.watch-silence",
            "1s",
            "towline.apply.request-timeout",
            "2s",
            "towline.observe.watch-retry-first",
            "100ms");
    try (FlakyProxy proxy = new FlakyProxy(cluster.apiPort());
        AgentRig agent =
            new AgentRig(cluster.kubeconfigVia(proxy.port()), bodies, store, settings)) {
      agent.offer(two("mute"));
      agent.awaitStatus("mute", Status.READY, 1);

      proxy.mute();
      cluster.delete(path("mute", "two"));

      agent.awaitDrift(
          d ->
              d.operation() == Observation.Operation.DELETE
                  && d.action() == Observation.Action.CORRECTED);
      assertThat(cluster.code(path("mute", "two"))).isEqualTo(200);
    }
  }

  @Test
  void listsAnewWhenTheApiServerHasForgottenAndMissesNoDeletion() throws Exception {
    try (FlakyProxy proxy = new FlakyProxy(cluster.apiPort());
        AgentRig agent = new AgentRig(cluster.kubeconfigVia(proxy.port()), bodies, store, QUICK)) {
      agent.offer(two("gone"));
      agent.awaitStatus("gone", Status.READY, 1);

      // With the API server restarted its cache begins after what was compacted.
      cluster.killApiServer();
      cluster.startApiServerAgain();
      cluster.compact(
          cluster.get("/api/v1/namespaces/gone").path("metadata").path("resourceVersion").asText());
      cluster.delete(path("gone", "two"));
      cluster.patch(path("gone", "one"), "person", "{\"data\":{\"k\":\"x\"}}");

      agent.awaitDrift(
          d -> d.object().name().equals("two") && d.action() == Observation.Action.CORRECTED);
      agent.awaitDrift(
          d -> d.object().name().equals("one") && d.action() == Observation.Action.CORRECTED);
      agent.awaitStatus("gone", Status.READY, 1);
    }
  }

  @Test
  void findsWhatWasDeletedAndChangedWhileNoAgentRan() throws Exception {
    try (AgentRig agent = new AgentRig(cluster.kubeconfig(), bodies, store, QUICK)) {
      agent.offer(two("away"));
      agent.awaitStatus("away", Status.READY, 1);
    }
    cluster.delete(path("away", "two"));
    cluster.patch(path("away", "one"), "person", "{\"data\":{\"k\":\"x\"}}");

    try (AgentRig agent = new AgentRig(cluster.kubeconfig(), bodies, store, QUICK)) {
      agent.offer(two("away"));
      agent.awaitDrift(
          d -> d.object().name().equals("two") && d.operation() == Observation.Operation.DELETE);
      Observation.Drift edited = agent.awaitDrift(d -> d.object().name().equals("one"));
      assertThat(edited.manager()).isEqualTo("person");
      agent.awaitStatus("away", Status.READY, 1);
    }
  }

  @Test
  void convergesAfterTheApiServerWasAway() throws Exception {
    try (AgentRig agent = new AgentRig(cluster.kubeconfig(), bodies, store, QUICK)) {
      agent.offer(two("down"));
      agent.awaitStatus("down", Status.READY, 1);

      cluster.stopApiServer();
      agent.offer(
          state(2)
              .bundle(
                  "down",
                  namespace("down"),
                  configMap("down", "one", "k", "new"),
                  configMap("down", "two", "k", "v"))
              .build());
      Observation.TargetState waiting =
          agent.awaitTarget(
              "down",
              t ->
                  t.sequence() == 2
                      && t.reason().equals(Optional.of(Reason.API_SERVER_UNAVAILABLE)));
      assertThat(waiting.status()).isEqualTo(Status.PROGRESSING);
      cluster.startApiServerAgain();

      agent.awaitStatus("down", Status.READY, 2);
      assertThat(cluster.get(path("down", "one")).path("data").path("k").asText()).isEqualTo("new");
    }
  }

  @Test
  void convergesAfterACrashAtEveryWriteOfTheInventory() throws Exception {
    boolean reached = true;
    for (int write = 1; reached; write++) {
      for (boolean kept : new boolean[] {true, false}) {
        MemoryInventory disk = new MemoryInventory();
        String ns = "crash-" + write + "-" + kept;
        try (AgentRig agent = new AgentRig(cluster.kubeconfig(), bodies, disk, QUICK)) {
          agent.offer(two(ns));
          agent.awaitStatus(ns, Status.READY, 1);
        }
        DesiredState next =
            state(2)
                .bundle(
                    ns,
                    namespace(ns),
                    configMap(ns, "one", "k", "changed"),
                    configMap(ns, "three", "k", "v"))
                .deletion(ns, "v1", "ConfigMap", ns, "two")
                .build();
        disk.crashAt(write, kept);
        try (AgentRig agent = new AgentRig(cluster.kubeconfig(), bodies, disk, QUICK)) {
          agent.offer(next);
          agent.awaitUntil(
              () -> disk.hasCrashed() || agent.told().stream().anyMatch(FaultJourneyTest::isDone));
          reached = disk.hasCrashed();
        }
        disk.repair();
        try (AgentRig agent = new AgentRig(cluster.kubeconfig(), bodies, disk, QUICK)) {
          agent.offer(next);
          agent.awaitStatus(ns, Status.READY, 2);
          agent.await(FaultJourneyTest::isDone);
        }
        assertThat(cluster.get(path(ns, "one")).path("data").path("k").asText())
            .isEqualTo("changed");
        assertThat(cluster.code(path(ns, "two"))).isEqualTo(404);
        assertThat(cluster.code(path(ns, "three"))).isEqualTo(200);
        assertThat(disk.load().entries())
            .extracting(e -> e.ref().name())
            .containsExactlyInAnyOrder(ns, "one", "three");
      }
    }
  }

  private static boolean isDone(Observation observation) {
    return observation instanceof Observation.DeletionDone;
  }
}
