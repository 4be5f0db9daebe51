package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.annotated;
import static io.towline.agent.apply.TestStates.configMap;
import static io.towline.agent.apply.TestStates.deployment;
import static io.towline.agent.apply.TestStates.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.MemoryInventory;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestStates;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.Policy;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is another's, and what cannot be changed, against a real API server. */
@ExtendWith(WithCluster.class)
class ConflictJourneyTest {
  private static final Map<String, String> QUICK =
      Map.of(
          "towline.apply.retry-first", "200ms",
          "towline.apply.retry-longest", "400ms",
          "towline.apply.refused-longest", "400ms");
  private static final String CONFLICTS = "towline.io/conflicts";
  private static final String RECREATE = "towline.io/recreate";
  private static final Policy MERGE =
      TestStates.applying(new ApplyPolicy(ApplyPolicy.Conflicts.MERGE, ""));

  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  ConflictJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return new AgentRig(cluster.kubeconfig(), bodies, store, QUICK);
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String path(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  private static String webPath(String namespace) {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/web";
  }

  private JsonNode data(String namespace, String name) throws Exception {
    return cluster.get(path(namespace, name)).path("data");
  }

  private String uid(String path) throws Exception {
    return cluster.get(path).path("metadata").path("uid").asText();
  }

  private void foreign(String namespace, String name, String key) throws Exception {
    cluster.post("/api/v1/namespaces", namespace(namespace));
    cluster.apply(path(namespace, name), "other-tool", configMap(namespace, name, key, "theirs"));
  }

  @Test
  void mergeLeavesContestedFieldsToTheirOwnerAndAppliesTheRest() throws Exception {
    foreign("merge", "shared", "a.b");
    String ours = configMap("merge", "shared", "a.b", "ours").replace("}}", ",\"mine\":\"ours\"}}");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("merge", MERGE, ours).build());
      agent.awaitStatus("merge", Status.READY, 1);
      assertThat(data("merge", "shared")).hasToString("{\"a.b\":\"theirs\",\"mine\":\"ours\"}");

      cluster.apply(
          path("merge", "shared"), "other-tool", configMap("merge", "shared", "a.b", "newer"));
      cluster.patch(path("merge", "shared"), "kubectl-edit", "{\"data\":{\"mine\":null}}");
      agent.awaitUntil(() -> dataIs("merge", "shared", "mine", "ours"));

      assertThat(data("merge", "shared").path("a.b").asText()).isEqualTo("newer");
      assertThat(agent.drifts())
          .allSatisfy(
              drift ->
                  assertThat(drift.fields())
                      .extracting(Observation.FieldChange::path)
                      .containsExactly("/data/mine"));

      agent.offer(state(2).bundle("merge", ours).build());
      Observation.TargetState failed = agent.awaitStatus("merge", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.FIELD_CONFLICT);
      assertThat(failed.problems().getFirst().message()).contains(".data.a.b", "other-tool");
      assertThat(data("merge", "shared").path("a.b").asText()).isEqualTo("newer");
    }
  }

  private boolean dataIs(String namespace, String name, String key, String value) {
    try {
      return cluster.code(path(namespace, name)) == 200
          && data(namespace, name).path(key).asText().equals(value);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void underMergeAFieldBelongsToWhoChangedItLast() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("taken", MERGE, namespace("taken"), configMap("taken", "c", "k", "ours"))
              .build());
      agent.awaitStatus("taken", Status.READY, 1);

      cluster.patch(path("taken", "c"), "kubectl-edit", "{\"data\":{\"k\":\"edited\"}}");
      String more = configMap("taken", "d", "k", "ours");
      agent.offer(
          state(2).bundle("taken", MERGE, configMap("taken", "c", "k", "newer"), more).build());
      agent.awaitStatus("taken", Status.READY, 2);

      assertThat(data("taken", "c").path("k").asText()).isEqualTo("edited");
      assertThat(agent.drifts()).isEmpty();
    }
  }

  @Test
  void oneObjectMayDepartFromItsBundle() throws Exception {
    foreign("depart", "forced", "k");
    cluster.apply(path("depart", "left"), "other-tool", configMap("depart", "left", "k", "theirs"));
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "depart",
                  annotated(configMap("depart", "forced", "k", "ours"), CONFLICTS, "force"),
                  annotated(configMap("depart", "left", "k", "ours"), CONFLICTS, "merge"))
              .build());

      agent.awaitStatus("depart", Status.READY, 1);
      assertThat(data("depart", "forced").path("k").asText()).isEqualTo("ours");
      assertThat(data("depart", "left").path("k").asText()).isEqualTo("theirs");
    }
  }

  @Test
  void ifNotPresentCreatesWhatIsAbsentAndNeverTouchesItAgain() throws Exception {
    String first = annotated(configMap("once", "made", "k", "one"), CONFLICTS, "ifNotPresent");
    String second = annotated(configMap("once", "made", "k", "two"), CONFLICTS, "ifNotPresent");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("once", namespace("once"), first).build());
      agent.awaitStatus("once", Status.READY, 1);
      String uid = uid(path("once", "made"));
      cluster.patch(path("once", "made"), "kubectl-edit", "{\"data\":{\"k\":\"edited\"}}");

      agent.offer(state(2).bundle("once", namespace("once"), second).build());
      agent.awaitStatus("once", Status.READY, 2);
      assertThat(data("once", "made").path("k").asText()).isEqualTo("edited");
      assertThat(agent.drifts()).isEmpty();

      cluster.delete(path("once", "made"));
      agent.awaitUntil(() -> dataIs("once", "made", "k", "two"));
      assertThat(uid(path("once", "made"))).isNotEqualTo(uid);

      agent.offer(
          state(3)
              .bundle("once", namespace("once"))
              .deletion("once", "v1", "ConfigMap", "once", "made")
              .build());
      agent.await(o -> o instanceof Observation.DeletionDone d && d.how().equals("deleted"));
      assertThat(cluster.code(path("once", "made"))).isEqualTo(404);
    }
  }

  @Test
  void whatWasCreatedOnceIsAppliedWhenThePolicyIsLifted() throws Exception {
    Policy once = TestStates.applying(new ApplyPolicy(ApplyPolicy.Conflicts.IF_NOT_PRESENT, ""));
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("lifted", once, namespace("lifted"), configMap("lifted", "c", "k", "one"))
              .build());
      agent.awaitStatus("lifted", Status.READY, 1);
      // Not written, and so not confirmed: nothing but the policy changes after this.
      String second = configMap("lifted", "c", "k", "two");
      agent.offer(state(2).bundle("lifted", once, namespace("lifted"), second).build());
      agent.awaitStatus("lifted", Status.READY, 2);
      assertThat(dataIs("lifted", "c", "k", "one")).isTrue();

      agent.offer(state(3).bundle("lifted", namespace("lifted"), second).build());
      agent.awaitStatus("lifted", Status.READY, 3);

      assertThat(dataIs("lifted", "c", "k", "two")).isTrue();
      assertThat(cluster.get(path("lifted", "c")).at("/metadata/managedFields").size())
          .isEqualTo(1);
    }
  }

  @Test
  void ifNotPresentLeavesWhatSomebodyElseMadeAlsoWhenItLeavesTheBundle() throws Exception {
    foreign("theirs", "made", "k");
    String version = cluster.get(path("theirs", "made")).at("/metadata/resourceVersion").asText();
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "theirs",
                  annotated(configMap("theirs", "made", "k", "ours"), CONFLICTS, "ifNotPresent"),
                  configMap("theirs", "other", "k", "ours"))
              .build());
      agent.awaitStatus("theirs", Status.READY, 1);

      agent.offer(
          state(2)
              .bundle("theirs", configMap("theirs", "other", "k", "ours"))
              .deletion("theirs", "v1", "ConfigMap", "theirs", "made")
              .build());
      agent.await(o -> o instanceof Observation.DeletionDone d && d.how().equals("foreign"));

      assertThat(cluster.get(path("theirs", "made")).at("/metadata/resourceVersion").asText())
          .isEqualTo(version);
    }
  }

  @Test
  void anIgnoredObjectIsNeitherWrittenNorMadeNorDeletedAndItsHealthCounts() throws Exception {
    String ignored = annotated(deployment("ignored", "web", 1), CONFLICTS, "ignore");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("ignored", namespace("ignored"), ignored).build());
      agent.awaitTarget("ignored", t -> t.message().contains("Towline is not to make it"));
      assertThat(cluster.code(webPath("ignored"))).isEqualTo(404);

      cluster.apply(webPath("ignored"), "other-tool", deployment("ignored", "web", 2));
      agent.awaitTarget(
          "ignored",
          t -> t.status() == Status.PROGRESSING && !t.message().contains("is not to make it"));
      JsonNode live = cluster.get(webPath("ignored"));
      assertThat(live.at("/spec/replicas").asInt()).isEqualTo(2);
      assertThat(live.path("metadata").has("labels")).isFalse();

      agent.offer(
          state(2)
              .bundle("ignored", namespace("ignored"))
              .deletion("ignored", "apps/v1", "Deployment", "ignored", "web")
              .build());
      agent.await(o -> o instanceof Observation.DeletionDone d && d.how().equals("unknown"));
      assertThat(cluster.code(webPath("ignored"))).isEqualTo(200);
    }
  }

  @Test
  void whatTowlineMadeAndThenIgnoresStaysWhenItLeaves() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("left", namespace("left"), configMap("left", "c", "k", "ours")).build());
      agent.awaitStatus("left", Status.READY, 1);
      agent.offer(
          state(2)
              .bundle(
                  "left",
                  namespace("left"),
                  annotated(configMap("left", "c", "k", "newer"), CONFLICTS, "ignore"))
              .build());
      agent.awaitStatus("left", Status.READY, 2);
      cluster.patch(path("left", "c"), "kubectl-edit", "{\"data\":{\"k\":\"edited\"}}");
      agent.offer(
          state(3)
              .bundle("left", namespace("left"))
              .deletion("left", "v1", "ConfigMap", "left", "c")
              .build());
      agent.await(o -> o instanceof Observation.DeletionDone d && d.how().equals("unknown"));

      assertThat(data("left", "c").path("k").asText()).isEqualTo("edited");
      assertThat(agent.drifts()).isEmpty();
    }
  }

  private static String reselected(String object) {
    return object.replace("\"app\":\"web\"", "\"app\":\"new\"");
  }

  @Test
  void makesAnewWhatCannotBeChangedIfItMay() throws Exception {
    String web = deployment("anew", "web", 1);
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("anew", namespace("anew"), web).build());
      agent.awaitTarget("anew", t -> t.appliedManifest().isPresent());
      String uid = uid(webPath("anew"));

      agent.offer(state(2).bundle("anew", namespace("anew"), reselected(web)).build());
      Observation.TargetState failed = agent.awaitStatus("anew", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.IMMUTABLE_FIELD);
      assertThat(Reason.IMMUTABLE_FIELD.nextStep()).contains(RECREATE);
      assertThat(uid(webPath("anew"))).isEqualTo(uid);

      agent.offer(
          state(3)
              .bundle("anew", namespace("anew"), annotated(reselected(web), RECREATE, "true"))
              .build());
      agent.awaitTarget(
          "anew",
          t ->
              t.sequence() == 3
                  && t.status() != Status.FAILED
                  && t.appliedManifest().equals(Optional.of(t.desiredManifest())));
      JsonNode live = cluster.get(webPath("anew"));
      assertThat(live.at("/metadata/uid").asText()).isNotEqualTo(uid);
      assertThat(live.at("/spec/selector/matchLabels/app").asText()).isEqualTo("new");
    }
  }

  @Test
  void goesOnWithMakingAnewWhereAnEarlierProcessEnded() throws Exception {
    String web = deployment("resumed", "web", 1);
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("resumed", namespace("resumed"), web).build());
      agent.awaitTarget("resumed", t -> t.appliedManifest().isPresent());
    }
    String uid = uid(webPath("resumed"));
    cluster.patch(
        webPath("resumed"), "finalizer", "{\"metadata\":{\"finalizers\":[\"example.org/held\"]}}");
    // What is left when a process ends between deleting and creating.
    cluster.delete(webPath("resumed"));
    try (AgentRig agent = agent()) {
      agent.offer(
          state(2)
              .bundle("resumed", namespace("resumed"), annotated(reselected(web), RECREATE, "true"))
              .build());
      Observation.TargetState waits = agent.awaitStatus("resumed", Status.FAILED, 2);
      assertThat(waits.message()).contains("waits for its finalizers");

      cluster.patch(webPath("resumed"), "finalizer", "{\"metadata\":{\"finalizers\":null}}");
      agent.awaitTarget(
          "resumed", t -> t.appliedManifest().equals(Optional.of(t.desiredManifest())));
      assertThat(uid(webPath("resumed"))).isNotEqualTo(uid);
    }
  }

  @Test
  void neverDeletesWhatHoldsDataToMakeItAnew() throws Exception {
    String claim =
        """
        {"apiVersion":"v1","kind":"PersistentVolumeClaim",
         "metadata":{"name":"data","namespace":"kept","annotations":{"towline.io/recreate":"true"}},
         "spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"one",
          "resources":{"requests":{"storage":"1Gi"}}}}
        """;
    String path = "/api/v1/namespaces/kept/persistentvolumeclaims/data";
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("kept", namespace("kept"), claim).build());
      agent.awaitTarget("kept", t -> t.appliedManifest().isPresent());
      String uid = uid(path);

      agent.offer(
          state(2).bundle("kept", namespace("kept"), claim.replace("\"one\"", "\"two\"")).build());

      Observation.TargetState failed = agent.awaitStatus("kept", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.IMMUTABLE_FIELD);
      assertThat(failed.message()).contains("never deleted");
      assertThat(uid(path)).isEqualTo(uid);
    }
  }

  @Test
  void doesNotDeleteWhatItNeverAppliedToMakeItAnew() throws Exception {
    cluster.post("/api/v1/namespaces", namespace("stranger"));
    cluster.apply(webPath("stranger"), "other-tool", deployment("stranger", "web", 1));
    String uid = uid(webPath("stranger"));
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "stranger",
                  TestStates.applying(
                      new ApplyPolicy(
                          ApplyPolicy.Conflicts.FORCE,
                          "",
                          true,
                          List.of(),
                          ApplyPolicy.Adoption.ALWAYS,
                          false)),
                  reselected(deployment("stranger", "web", 1)))
              .build());

      Observation.TargetState failed = agent.awaitStatus("stranger", Status.FAILED, 1);
      assertThat(failed.message()).contains("not Towline's");
      assertThat(uid(webPath("stranger"))).isEqualTo(uid);
    }
  }
}
