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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An agent whose cluster's owner lets it read alone, against a real API server. */
@ExtendWith(WithCluster.class)
class ReadOnlyJourneyTest {
  private static final Set<String> READING = Set.of("get", "list", "watch");

  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  ReadOnlyJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return new AgentRig(
        cluster.kubeconfig(), bodies, store, Map.of("towline.apply.read-only", "true"));
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private void make(String namespace, String name, String bundle, String value) throws Exception {
    cluster.post(
        "/api/v1/namespaces/" + namespace + "/configmaps?fieldManager=kubectl-edit",
        """
        {"apiVersion":"v1","kind":"ConfigMap",
         "metadata":{"name":"%s","labels":{"towline.io/bundle":"%s"}},"data":{"k":"%s"}}
        """
            .formatted(name, bundle, value));
  }

  @Test
  void saysWhatIsNotThereAndChangesNothing() throws Exception {
    long before = cluster.auditLines();
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("shy", namespace("shy"), configMap("shy", "one", "k", "v")).build());

      Observation.TargetState told =
          agent.awaitTarget("shy", t -> t.problems().size() == 2 && t.status() == Status.DRIFTED);

      assertThat(told.reason()).contains(Reason.READ_ONLY);
      assertThat(told.problems())
          .allSatisfy(p -> assertThat(p.message()).isEqualTo("is not there"))
          .allSatisfy(p -> assertThat(p.reason()).isEqualTo(Reason.READ_ONLY));
      assertThat(agent.drifts())
          .allSatisfy(d -> assertThat(d.action()).isEqualTo(Observation.Action.REPORTED));
    }
    assertThat(cluster.code("/api/v1/namespaces/shy")).isEqualTo(404);
    assertThat(cluster.audit(before))
        .extracting(event -> event.path("verb").asText())
        .isNotEmpty()
        .allMatch(READING::contains);
    assertThat(store.load().entries()).isEmpty();
  }

  @Test
  void isReadyWhereEverythingIsAsDeclaredAndSaysWhoChangesIt() throws Exception {
    cluster.post(
        "/api/v1/namespaces",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"seen\"}}");
    make("seen", "one", "seen", "v");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("seen", configMap("seen", "one", "k", "v")).build());
      agent.awaitStatus("seen", Status.READY, 1);

      cluster.patch(
          "/api/v1/namespaces/seen/configmaps/one", "kubectl-edit", "{\"data\":{\"k\":\"x\"}}");

      Observation.Drift drift = agent.awaitDrift(d -> d.manager().equals("kubectl-edit"));
      assertThat(drift.action()).isEqualTo(Observation.Action.REPORTED);
      assertThat(agent.awaitStatus("seen", Status.DRIFTED, 1).reason()).contains(Reason.READ_ONLY);
      assertThat(cluster.get("/api/v1/namespaces/seen/configmaps/one").at("/data/k").asText())
          .isEqualTo("x");

      cluster.patch(
          "/api/v1/namespaces/seen/configmaps/one", "kubectl-edit", "{\"data\":{\"k\":\"v\"}}");
      agent.awaitDrift(d -> d.action() == Observation.Action.RESOLVED);
      agent.awaitStatus("seen", Status.READY, 1);
    }
  }

  /** Whoever made the object did not know of bundles. */
  @Test
  void seesObjectsWithoutItsLabelToo() throws Exception {
    cluster.post(
        "/api/v1/namespaces",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"plain\"}}");
    cluster.post(
        "/api/v1/namespaces/plain/configmaps",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"one\"},"
            + "\"data\":{\"k\":\"v\"}}");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("plain", configMap("plain", "one", "k", "v")).build());
      agent.awaitDrift(
          d ->
              d.fields().stream()
                  .map(Observation.FieldChange::path)
                  .toList()
                  .equals(List.of("/metadata/labels/towline.io~1bundle")));

      cluster.patch(
          "/api/v1/namespaces/plain/configmaps/one", "person", "{\"data\":{\"k\":\"x\"}}");

      agent.awaitDrift(
          d -> d.fields().contains(new Observation.FieldChange("/data/k", "\"v\"", "\"x\"")));
    }
  }

  @Test
  void deletesNothingThatItAppliedBeforeItWasLimited() throws Exception {
    try (AgentRig full =
        new AgentRig(cluster.kubeconfig(), bodies, store, Map.<String, String>of())) {
      full.offer(
          state(1).bundle("kept", namespace("kept"), configMap("kept", "one", "k", "v")).build());
      full.awaitStatus("kept", Status.READY, 1);
    }
    try (AgentRig agent = agent()) {
      agent.offer(
          state(2)
              .bundle("kept", namespace("kept"))
              .deletion("kept", "v1", "ConfigMap", "kept", "one")
              .build());
      agent.awaitStatus("kept", Status.READY, 2);

      assertThat(cluster.code("/api/v1/namespaces/kept/configmaps/one")).isEqualTo(200);
      assertThat(agent.told()).noneMatch(Observation.DeletionDone.class::isInstance);
    }
    assertThat(store.load().entries()).hasSize(2);
  }

  @Test
  void saysWhichKindItsClusterDoesNotServe() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "strange",
                  "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Thing\","
                      + "\"metadata\":{\"name\":\"one\",\"namespace\":\"default\"}}")
              .build());

      Observation.TargetState told = agent.awaitStatus("strange", Status.FAILED, 1);

      assertThat(told.reason()).contains(Reason.KIND_UNKNOWN);
    }
  }
}
