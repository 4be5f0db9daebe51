package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.configMap;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Objects that are there before a bundle, or come from another, against a real API server. */
@ExtendWith(WithCluster.class)
class AdoptionJourneyTest {
  private static final Map<String, String> QUICK =
      Map.of(
          "towline.apply.retry-first", "200ms",
          "towline.apply.retry-longest", "400ms",
          "towline.apply.refused-longest", "400ms");
  private static final List<String> KUBECTL = List.of("kubectl-client-side-apply", "kubectl-edit");

  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private MemoryInventory store = new MemoryInventory();

  AdoptionJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return new AgentRig(cluster.kubeconfig(), bodies, store, QUICK);
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String maps(String namespace) {
    return "/api/v1/namespaces/" + namespace + "/configmaps";
  }

  private JsonNode live(String namespace) throws Exception {
    return cluster.get(maps(namespace) + "/c");
  }

  private static Policy takingBack(ApplyPolicy.Conflicts conflicts) {
    return TestStates.applying(
        new ApplyPolicy(conflicts, "", false, KUBECTL, ApplyPolicy.Adoption.ALWAYS, false));
  }

  private static Policy adopting(ApplyPolicy.Adoption adopt) {
    return TestStates.applying(
        new ApplyPolicy(ApplyPolicy.Conflicts.FORCE, "", false, List.of(), adopt, false));
  }

  private static Policy creating(String serviceAccount) {
    return TestStates.applying(
        new ApplyPolicy(
            ApplyPolicy.Conflicts.FAIL,
            serviceAccount,
            false,
            List.of(),
            ApplyPolicy.Adoption.ALWAYS,
            true));
  }

  /** As kubectl apply makes it without --server-side. */
  private void appliedByKubectl(String namespace) throws Exception {
    cluster.post("/api/v1/namespaces", namespace(namespace));
    cluster.post(
        maps(namespace) + "?fieldManager=kubectl-client-side-apply",
        """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"%s",
         "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}},
         "data":{"kept":"old","gone":"old"}}
        """
            .formatted(namespace));
  }

  @Test
  void aFieldThatKubectlAppliedGoesAwayWhenGitNoLongerHasIt() throws Exception {
    appliedByKubectl("migrated");
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "migrated",
                  takingBack(ApplyPolicy.Conflicts.FAIL),
                  configMap("migrated", "c", "kept", "new").replace("}}", ",\"gone\":\"old\"}}"))
              .build());
      agent.awaitStatus("migrated", Status.READY, 1);
      assertThat(live("migrated").path("data").toString())
          .isEqualTo("{\"gone\":\"old\",\"kept\":\"new\"}");
      assertThat(live("migrated").at("/metadata/annotations").isMissingNode()).isTrue();

      agent.offer(
          state(2)
              .bundle(
                  "migrated",
                  takingBack(ApplyPolicy.Conflicts.FAIL),
                  configMap("migrated", "c", "kept", "new"))
              .build());
      agent.awaitStatus("migrated", Status.READY, 2);

      assertThat(live("migrated").path("data").toString()).isEqualTo("{\"kept\":\"new\"}");
      assertThat(live("migrated").at("/metadata/managedFields")).hasSize(1);
    }
  }

  @Test
  void conflictsWithManagersThatAreNotNamedStay() throws Exception {
    appliedByKubectl("named");
    cluster.patch(maps("named") + "/c", "helm", "{\"data\":{\"kept\":\"helm's\"}}");
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "named",
                  takingBack(ApplyPolicy.Conflicts.FAIL),
                  configMap("named", "c", "kept", "new"))
              .build());

      Observation.TargetState failed = agent.awaitStatus("named", Status.FAILED, 1);
      assertThat(failed.reason()).contains(Reason.FIELD_CONFLICT);
      assertThat(failed.message()).contains("helm").doesNotContain("kubectl");
    }
  }

  @Test
  void underMergeWhatIsTakenBackIsCorrectedAndTheRestLeft() throws Exception {
    cluster.post("/api/v1/namespaces", namespace("both"));
    Policy policy = takingBack(ApplyPolicy.Conflicts.MERGE);
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "both",
                  policy,
                  configMap("both", "c", "ours", "v").replace("}}", ",\"theirs\":\"v\"}}"))
              .build());
      agent.awaitStatus("both", Status.READY, 1);

      cluster.patch(maps("both") + "/c", "operator", "{\"data\":{\"theirs\":\"w\"}}");
      cluster.patch(maps("both") + "/c", "kubectl-edit", "{\"data\":{\"ours\":\"w\"}}");
      agent.awaitDrift(d -> d.action() == Observation.Action.CORRECTED);

      assertThat(live("both").path("data").toString())
          .isEqualTo("{\"ours\":\"v\",\"theirs\":\"w\"}");
    }
  }

  @Test
  void whereNothingMayBeAdoptedAnObjectThatExistsIsNamedWithItsWriters() throws Exception {
    appliedByKubectl("never");
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "never",
                  adopting(ApplyPolicy.Adoption.NEVER),
                  configMap("never", "c", "kept", "new"))
              .build());

      Observation.TargetState failed = agent.awaitStatus("never", Status.FAILED, 1);
      assertThat(failed.reason()).contains(Reason.OBJECT_EXISTS);
      assertThat(failed.message()).contains("kubectl-client-side-apply", "apply.adopt is never");
      assertThat(live("never").at("/data/kept").asText()).isEqualTo("old");

      cluster.delete(maps("never") + "/c");
      agent.awaitStatus("never", Status.READY, 1);
    }
  }

  @Test
  void adoptsWhatNobodyManagesAndNamesWhoManagesTheRest() throws Exception {
    appliedByKubectl("unowned");
    appliedByKubectl("owned");
    cluster.patch(
        maps("owned") + "/c",
        "helm",
        "{\"metadata\":{\"annotations\":{\"meta.helm.sh/release-name\":\"shop\"}}}");
    Policy policy = adopting(ApplyPolicy.Adoption.IF_UNOWNED);
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("unowned", policy, configMap("unowned", "c", "kept", "new"))
              .bundle("owned", policy, configMap("owned", "c", "kept", "new"))
              .build());

      agent.awaitStatus("unowned", Status.READY, 1);
      Observation.TargetState failed = agent.awaitStatus("owned", Status.FAILED, 1);
      assertThat(failed.reason()).contains(Reason.OBJECT_EXISTS);
      assertThat(failed.message()).contains("the Helm release shop");
      assertThat(live("unowned").at("/data/kept").asText()).isEqualTo("new");
      assertThat(live("owned").at("/data/kept").asText()).isEqualTo("old");
    }
  }

  @Test
  void knowsItsOwnObjectsAgainWhenTheInventoryIsLost() throws Exception {
    cluster.post("/api/v1/namespaces", namespace("again"));
    Policy policy = adopting(ApplyPolicy.Adoption.NEVER);
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("again", policy, configMap("again", "c", "k", "v")).build());
      agent.awaitStatus("again", Status.READY, 1);
    }
    store = new MemoryInventory();
    try (AgentRig agent = agent()) {
      agent.offer(state(2).bundle("again", policy, configMap("again", "c", "k", "w")).build());
      agent.awaitStatus("again", Status.READY, 2);
      assertThat(live("again").at("/data/k").asText()).isEqualTo("w");
    }
  }

  @Test
  void createsTheNamespaceThatAnObjectNeedsAndLeavesItWhenTheBundleGoes() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("fresh", creating(""), configMap("fresh", "c", "k", "v")).build());
      agent.awaitStatus("fresh", Status.READY, 1);
      assertThat(cluster.get("/api/v1/namespaces/fresh").at("/metadata/labels").toString())
          .doesNotContain("towline.io");

      agent.offer(state(2).deletion("fresh", "v1", "ConfigMap", "fresh", "c").build());
      agent.await(o -> o instanceof Observation.DeletionDone d && d.how().equals("deleted"));
      assertThat(cluster.get("/api/v1/namespaces/fresh").at("/status/phase").asText())
          .isEqualTo("Active");
    }
  }

  @Test
  void saysThatTheAccountMayNotCreateTheNamespace() throws Exception {
    deployer("poor");
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("poor", creating("poor/deployer"), configMap("poorer", "c", "k", "v"))
              .build());

      Observation.TargetState failed = agent.awaitStatus("poor", Status.FAILED, 1);
      assertThat(failed.reason()).contains(Reason.FORBIDDEN);
    }
  }

  /** A namespace whose account may do everything with ConfigMaps in it. */
  private void deployer(String namespace) throws Exception {
    cluster.post("/api/v1/namespaces", namespace(namespace));
    grant(namespace, namespace);
  }

  private void grant(String namespace, String ofNamespace) throws Exception {
    String roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace;
    cluster.post(
        roles + "/roles",
        """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"%s"},
         "rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["*"]}]}
        """
            .formatted(ofNamespace));
    cluster.post(
        roles + "/rolebindings",
        """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding",
         "metadata":{"name":"%1$s"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"%1$s"},
         "subjects":[{"kind":"ServiceAccount","name":"deployer","namespace":"%1$s"}]}
        """
            .formatted(ofNamespace));
  }

  @Test
  void anObjectThatMovesKeepsItsUidAlsoWhileTheBundleThatReceivesItMayNotWriteIt()
      throws Exception {
    deployer("giver");
    cluster.post("/api/v1/namespaces", namespace("taker"));
    String object = configMap("giver", "c", "k", "v");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("giver", TestStates.as("giver/deployer"), object).build());
      agent.awaitStatus("giver", Status.READY, 1);
      String uid = live("giver").at("/metadata/uid").asText();

      agent.offer(
          state(2)
              .bundle("taker", TestStates.as("taker/deployer"), object)
              .deletion("giver", "v1", "ConfigMap", "giver", "c")
              .build());
      Observation.TargetState failed = agent.awaitStatus("taker", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.FORBIDDEN);
      assertThat(live("giver").at("/metadata/uid").asText()).isEqualTo(uid);

      grant("giver", "taker");
      agent.awaitStatus("taker", Status.READY, 2);
      assertThat(live("giver").at("/metadata/uid").asText()).isEqualTo(uid);
      assertThat(live("giver").at("/metadata/labels/towline.io~1bundle").asText())
          .isEqualTo("taker");
    }
  }
}
