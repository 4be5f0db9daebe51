package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.configMap;
import static io.towline.agent.apply.TestStates.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.apply.MemoryInventory;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestStates;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a person suspended is left alone and told about, against a real API server. */
@ExtendWith(WithCluster.class)
class SuspensionJourneyTest {
  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  SuspensionJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return new AgentRig(cluster.kubeconfig(), bodies, store, Map.of());
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String path(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  private String value(String namespace, String name) throws Exception {
    return cluster.get(path(namespace, name)).at("/data/k").asText();
  }

  @Test
  void anEditStaysAndIsReportedUntilTheBundleIsResumed() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("held", namespace("held"), configMap("held", "one", "k", "v")).build());
      agent.awaitStatus("held", Status.READY, 1);
      agent.offer(
          state(2)
              .suspended("held", Optional.empty())
              .bundle("held", namespace("held"), configMap("held", "one", "k", "v"))
              .bundle("free", namespace("free"), configMap("free", "one", "k", "v"))
              .build());
      agent.awaitStatus("held", Status.SUSPENDED, 2);
      agent.awaitStatus("free", Status.READY, 2);

      cluster.patch(path("held", "one"), "kubectl-edit", "{\"data\":{\"k\":\"x\"}}");

      Observation.Drift told = agent.awaitDrift(d -> d.bundle().equals("held"));
      assertThat(told.action()).isEqualTo(Observation.Action.REPORTED);
      assertThat(told.manager()).isEqualTo("kubectl-edit");
      Observation.TargetState held = agent.awaitTarget("held", t -> !t.problems().isEmpty());
      assertThat(held.status()).isEqualTo(Status.SUSPENDED);
      assertThat(held.reason()).contains(Reason.SUSPENDED);
      assertThat(held.message()).isEqualTo("a person looks at it");
      assertThat(value("held", "one")).isEqualTo("x");

      agent.offer(
          state(3).bundle("held", namespace("held"), configMap("held", "one", "k", "v")).build());

      agent.awaitDrift(d -> d.action() == Observation.Action.CORRECTED);
      agent.awaitStatus("held", Status.READY, 3);
      assertThat(value("held", "one")).isEqualTo("v");
    }
  }

  @Test
  void whatAPersonTookMeanwhileIsTakenBackAlsoByNewContent() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("took", namespace("took"), configMap("took", "one", "k", "v")).build());
      agent.awaitStatus("took", Status.READY, 1);
      agent.offer(
          state(2)
              .suspended("took", Optional.empty())
              .bundle("took", namespace("took"), configMap("took", "one", "k", "v"))
              .build());
      agent.awaitStatus("took", Status.SUSPENDED, 2);
      cluster.patch(path("took", "one"), "kubectl-edit", "{\"data\":{\"k\":\"x\"}}");
      agent.awaitDrift(d -> d.action() == Observation.Action.REPORTED);

      agent.offer(
          state(3).bundle("took", namespace("took"), configMap("took", "one", "k", "new")).build());

      agent.awaitStatus("took", Status.READY, 3);
      agent.awaitDrift(d -> d.action() == Observation.Action.CORRECTED);
      assertThat(value("took", "one")).isEqualTo("new");
    }
  }

  @Test
  void nothingNewIsAppliedAndNothingIsDeletedWhileItLasts() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("still", namespace("still"), configMap("still", "one", "k", "v"))
              .bundle("gone", configMap("still", "two", "k", "v"))
              .build());
      agent.awaitStatus("still", Status.READY, 1);
      agent.awaitStatus("gone", Status.READY, 1);

      agent.offer(
          state(2)
              .suspended("still", Optional.empty())
              .suspended("gone", Optional.empty())
              .bundle(
                  "still",
                  namespace("still"),
                  configMap("still", "one", "k", "new"),
                  configMap("still", "three", "k", "v"))
              .bundle("after", configMap("still", "four", "k", "v"))
              .deletion("gone", "v1", "ConfigMap", "still", "two")
              .build());
      agent.awaitStatus("still", Status.SUSPENDED, 2);
      agent.awaitStatus("after", Status.READY, 2);

      assertThat(value("still", "one")).isEqualTo("v");
      assertThat(cluster.code(path("still", "three"))).isEqualTo(404);
      assertThat(cluster.code(path("still", "two"))).isEqualTo(200);

      agent.offer(
          state(3)
              .bundle("still", namespace("still"), configMap("still", "one", "k", "new"))
              .deletion("gone", "v1", "ConfigMap", "still", "two")
              .build());

      agent.awaitStatus("still", Status.READY, 3);
      agent.await(o -> o instanceof Observation.DeletionDone);
      assertThat(value("still", "one")).isEqualTo("new");
      assertThat(cluster.code(path("still", "two"))).isEqualTo(404);
    }
  }

  @Test
  void correctionsWaitUntilTheirTimeWhileWhatIsNewIsApplied() throws Exception {
    String one = configMap("hours", "one", "k", "v");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("hours", namespace("hours"), one).build());
      agent.awaitStatus("hours", Status.READY, 1);
      agent.offer(
          state(2)
              .uncorrected("hours", Optional.empty())
              .bundle("hours", namespace("hours"), one, configMap("hours", "two", "k", "v"))
              .build());
      agent.awaitStatus("hours", Status.READY, 2);
      assertThat(value("hours", "two")).isEqualTo("v");

      cluster.patch(path("hours", "one"), "kubectl-edit", "{\"data\":{\"k\":\"x\"}}");

      Observation.TargetState drifted = agent.awaitStatus("hours", Status.DRIFTED, 2);
      assertThat(drifted.message()).contains("hours/one", "corrections wait");
      agent.offer(
          state(3)
              .uncorrected("hours", Optional.empty())
              .bundle("hours", namespace("hours"), one, configMap("hours", "two", "k", "new"))
              .build());
      agent.awaitStatus("hours", Status.DRIFTED, 3);
      assertThat(value("hours", "two")).isEqualTo("new");
      assertThat(value("hours", "one")).isEqualTo("x");

      Instant end = Instant.now().plusSeconds(3);
      agent.offer(
          state(4)
              .uncorrected("hours", Optional.of(end))
              .bundle("hours", namespace("hours"), one, configMap("hours", "two", "k", "new"))
              .build());

      agent.awaitDrift(d -> d.action() == Observation.Action.CORRECTED);
      assertThat(Instant.now()).isAfterOrEqualTo(end.minusSeconds(1));
      agent.awaitStatus("hours", Status.READY, 4);
      assertThat(value("hours", "one")).isEqualTo("v");
    }
  }

  @Test
  void itEndsByItselfAndSurvivesARestartBefore() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("timed", namespace("timed"), configMap("timed", "a", "k", "v")).build());
      agent.awaitStatus("timed", Status.READY, 1);
    }
    Instant end = Instant.now().plusSeconds(12);
    TestStates suspended =
        state(2)
            .suspended("timed", Optional.of(end))
            .bundle("timed", namespace("timed"), configMap("timed", "a", "k", "v"));
    cluster.patch(path("timed", "a"), "kubectl-edit", "{\"data\":{\"k\":\"x\"}}");
    try (AgentRig restarted = agent()) {
      restarted.offer(suspended.build());

      restarted.awaitStatus("timed", Status.SUSPENDED, 2);
      restarted.awaitDrift(d -> d.action() == Observation.Action.REPORTED);
      assertThat(Instant.now()).isBefore(end);
      assertThat(value("timed", "a")).isEqualTo("x");

      restarted.awaitStatus("timed", Status.READY, 2);
      assertThat(Instant.now()).isAfterOrEqualTo(end.minusSeconds(1));
      assertThat(value("timed", "a")).isEqualTo("v");
    }
  }
}
