package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.configMap;
import static io.towline.agent.apply.TestStates.deployment;
import static io.towline.agent.apply.TestStates.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.MemoryInventory;
import io.towline.agent.apply.ObjectProblem;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestStates;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.envelope.Policy;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Applying, against a real API server. */
@ExtendWith(WithCluster.class)
class ApplyJourneyTest {
  private static final Map<String, String> QUICK =
      Map.of("towline.apply.retry-first", "200ms", "towline.apply.retry-longest", "400ms");

  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  ApplyJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return new AgentRig(cluster.kubeconfig(), bodies, store, QUICK);
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String definition(String plural, String kind) {
    return """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
         "metadata":{"name":"%1$s.example.org"},
         "spec":{"group":"example.org","scope":"Namespaced",
          "names":{"plural":"%1$s","singular":"%3$s","kind":"%2$s"},
          "versions":[{"name":"v1","served":true,"storage":true,
           "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
            "properties":{"size":{"type":"integer"}}}}}}}]}}
        """
        .formatted(plural, kind, kind.toLowerCase(Locale.ROOT));
  }

  private static String custom(String kind, String namespace, String name, int size) {
    return """
        {"apiVersion":"example.org/v1","kind":"%s","metadata":{"name":"%s","namespace":"%s"},
         "spec":{"size":%d}}
        """
        .formatted(kind, name, namespace, size);
  }

  @Test
  void appliesADefinitionAndItsObjectsInOneBundle() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "crd",
                  custom("Anchor", "crd", "one", 3),
                  namespace("crd"),
                  definition("anchors", "Anchor"))
              .build());

      agent.awaitStatus("crd", Status.READY, 1);

      JsonNode live = cluster.get("/apis/example.org/v1/namespaces/crd/anchors/one");
      assertThat(live.path("spec").path("size").asInt()).isEqualTo(3);
      assertThat(live.path("metadata").path("labels").path("towline.io/bundle").asText())
          .isEqualTo("crd");
      assertThat(agent.told())
          .noneMatch(o -> o instanceof Observation.TargetState t && t.status() == Status.FAILED);
    }
  }

  @Test
  void reportsTheObjectThatIsInvalidAndAppliesTheOthers() throws Exception {
    String invalid = deployment("invalid", "bad", 1).replace("\"replicas\"", "\"replicaz\"");
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "invalid",
                  namespace("invalid"),
                  invalid,
                  configMap("invalid", "good", "k", "v"),
                  deployment("invalid", "web", 1))
              .build());

      Observation.TargetState failed = agent.awaitStatus("invalid", Status.FAILED, 1);

      assertThat(failed.reason()).contains(Reason.APPLY_FAILED);
      assertThat(failed.problems())
          .singleElement()
          .satisfies(
              p -> {
                assertThat(p.object().name()).isEqualTo("bad");
                assertThat(p.message()).contains("replicaz");
              });
      assertThat(failed.appliedManifest()).isEmpty();
      assertThat(cluster.code("/api/v1/namespaces/invalid/configmaps/good")).isEqualTo(200);
      assertThat(cluster.code("/apis/apps/v1/namespaces/invalid/deployments/web")).isEqualTo(200);
    }
  }

  @Test
  void namesFieldAndManagerOfAConflictAndTakesOverOnlyWhereThePolicySaysSo() throws Exception {
    cluster.post("/api/v1/namespaces", namespace("conflict"));
    cluster.apply(
        "/api/v1/namespaces/conflict/configmaps/shared",
        "other-tool",
        configMap("conflict", "shared", "k", "theirs"));
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("conflict", configMap("conflict", "shared", "k", "ours")).build());

      Observation.TargetState failed = agent.awaitStatus("conflict", Status.FAILED, 1);

      assertThat(failed.reason()).contains(Reason.FIELD_CONFLICT);
      assertThat(failed.problems().getFirst().message()).contains(".data.k", "other-tool");
      assertThat(value("conflict", "shared", "k")).isEqualTo("theirs");

      agent.offer(
          state(2)
              .bundle("conflict", TestStates.force(), configMap("conflict", "shared", "k", "ours"))
              .build());
      agent.awaitStatus("conflict", Status.READY, 2);
      assertThat(value("conflict", "shared", "k")).isEqualTo("ours");
    }
  }

  private String value(String namespace, String name, String key) throws Exception {
    return cluster
        .get("/api/v1/namespaces/" + namespace + "/configmaps/" + name)
        .path("data")
        .path(key)
        .asText();
  }

  @Test
  void tellsAnImmutableFieldFromAnInvalidOne() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("immutable", namespace("immutable"), deployment("immutable", "web", 1))
              .build());
      agent.awaitTarget("immutable", t -> t.appliedManifest().isPresent());

      agent.offer(
          state(2)
              .bundle(
                  "immutable",
                  namespace("immutable"),
                  deployment("immutable", "web", 1).replace("\"app\":\"web\"", "\"app\":\"new\""))
              .build());
      Observation.TargetState failed = agent.awaitStatus("immutable", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.IMMUTABLE_FIELD);

      agent.offer(
          state(3)
              .bundle(
                  "immutable",
                  namespace("immutable"),
                  deployment("immutable", "web", 1)
                      .replace("\"containerPort\":8080", "\"containerPort\":80800"))
              .build());
      failed = agent.awaitStatus("immutable", Status.FAILED, 3);
      assertThat(failed.reason()).contains(Reason.APPLY_FAILED);
    }
  }

  @Test
  void healsWhenTheNamespaceOrTheKindOfAnotherBundleArrives() throws Exception {
    try (AgentRig agent = agent()) {
      TestStates early =
          state(1)
              .bundle("late-ns", configMap("late", "one", "k", "v"))
              .bundle("late-kind", custom("Buoy", "late", "one", 1));
      agent.offer(early.build());

      assertThat(agent.awaitStatus("late-ns", Status.FAILED, 1).reason())
          .contains(Reason.NAMESPACE_MISSING);
      assertThat(agent.awaitStatus("late-kind", Status.FAILED, 1).reason())
          .contains(Reason.KIND_UNKNOWN);

      agent.offer(
          state(2)
              .bundle("late-ns", configMap("late", "one", "k", "v"))
              .bundle("late-kind", custom("Buoy", "late", "one", 1))
              .bundle("late-base", namespace("late"), definition("buoys", "Buoy"))
              .build());

      agent.awaitStatus("late-base", Status.READY, 2);
      agent.awaitStatus("late-ns", Status.READY, 2);
      agent.awaitStatus("late-kind", Status.READY, 2);
    }
  }

  @Test
  void prunesWhatTheStatementListsAndKeepsWhatIsProtected() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "prune",
                  namespace("prune"),
                  configMap("prune", "stays", "k", "v"),
                  configMap("prune", "goes", "k", "v"),
                  configMap("prune", "forgotten", "k", "v"),
                  """
                  {"apiVersion":"v1","kind":"PersistentVolumeClaim",
                   "metadata":{"name":"data","namespace":"prune"},
                   "spec":{"accessModes":["ReadWriteOnce"],
                    "resources":{"requests":{"storage":"1024Mi"}}}}
                  """)
              .build());
      agent.awaitTarget("prune", t -> t.appliedManifest().isPresent());

      agent.offer(
          state(2)
              .bundle("prune", configMap("prune", "stays", "k", "v"))
              .deletion("prune", "v1", "ConfigMap", "prune", "goes")
              .deletion("prune", "v1", "PersistentVolumeClaim", "prune", "data")
              .deletion("prune", "v1", "Namespace", "", "prune")
              .deletion("prune", "v1", "ConfigMap", "prune", "never-was")
              .build());

      assertThat(deletion(agent, "goes").how()).isEqualTo("deleted");
      assertThat(deletion(agent, "data").how()).isEqualTo("kept");
      assertThat(deletion(agent, "prune").how()).isEqualTo("kept");
      assertThat(deletion(agent, "never-was").how()).isEqualTo("unknown");
      assertThat(cluster.code("/api/v1/namespaces/prune/configmaps/goes")).isEqualTo(404);
      assertThat(cluster.code("/api/v1/namespaces/prune/configmaps/stays")).isEqualTo(200);
      assertThat(cluster.code("/api/v1/namespaces/prune/persistentvolumeclaims/data"))
          .isEqualTo(200);
      // It left the envelope, but no signed statement says that it is to be deleted.
      assertThat(cluster.code("/api/v1/namespaces/prune/configmaps/forgotten")).isEqualTo(200);

      agent.offer(state(3).deletion("prune", "v1", "ConfigMap", "prune", "stays").build());
      assertThat(deletion(agent, "stays").how()).isEqualTo("deleted");
      agent.await(o -> o instanceof Observation.TargetGone g && g.bundle().equals("prune"));
    }
  }

  private static Observation.DeletionDone deletion(AgentRig agent, String name)
      throws InterruptedException {
    return (Observation.DeletionDone)
        agent.await(
            o -> o instanceof Observation.DeletionDone d && d.deletion().ref().name().equals(name));
  }

  @Test
  void leavesAnObjectAloneThatOnlyLooksLikeItsOwn() throws Exception {
    MemoryInventory kept = store;
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("uid", namespace("uid"), configMap("uid", "mine", "k", "v")).build());
      agent.awaitStatus("uid", Status.READY, 1);
    }
    // While no agent runs, somebody puts an object of the same name and label in its place.
    cluster.delete("/api/v1/namespaces/uid/configmaps/mine");
    cluster.post(
        "/api/v1/namespaces/uid/configmaps",
        configMap("uid", "mine", "k", "v")
            .replace("\"namespace\"", "\"labels\":{\"towline.io/bundle\":\"uid\"},\"namespace\""));
    assertThat(kept.load().entries()).isNotEmpty();

    try (AgentRig agent = agent()) {
      agent.offer(
          state(2)
              .bundle("uid", namespace("uid"))
              .deletion("uid", "v1", "ConfigMap", "uid", "mine")
              .build());
      assertThat(deletion(agent, "mine").how()).isEqualTo("foreign");
      assertThat(cluster.code("/api/v1/namespaces/uid/configmaps/mine")).isEqualTo(200);
    }
  }

  @Test
  void handsAnObjectOverToAnotherBundleWithoutMakingItAnew() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("giver", namespace("hand"), configMap("hand", "moved", "k", "v"))
              .build());
      agent.awaitStatus("giver", Status.READY, 1);
      String uid = uid("/api/v1/namespaces/hand/configmaps/moved");

      agent.offer(
          state(2)
              .bundle("giver", namespace("hand"))
              .bundle("taker", configMap("hand", "moved", "k", "v"))
              .deletion("giver", "v1", "ConfigMap", "hand", "moved")
              .build());
      agent.awaitStatus("taker", Status.READY, 2);

      assertThat(deletion(agent, "moved").how()).isEqualTo("handed_over");
      JsonNode live = cluster.get("/api/v1/namespaces/hand/configmaps/moved");
      assertThat(live.path("metadata").path("uid").asText()).isEqualTo(uid);
      assertThat(live.path("metadata").path("labels").path("towline.io/bundle").asText())
          .isEqualTo("taker");
    }
  }

  private String uid(String path) throws Exception {
    return cluster.get(path).path("metadata").path("uid").asText();
  }

  @Test
  void reportsAFinalizerThatHoldsADeletionAndFinishesWhenItIsGone() throws Exception {
    String held =
        configMap("held", "one", "k", "v")
            .replace("\"namespace\"", "\"finalizers\":[\"example.org/wait\"],\"namespace\"");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("held", namespace("held"), held).build());
      agent.awaitStatus("held", Status.READY, 1);
      agent.offer(
          state(2)
              .bundle("held", namespace("held"))
              .deletion("held", "v1", "ConfigMap", "held", "one")
              .build());

      Observation.TargetState failed = agent.awaitStatus("held", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.PRUNE_FAILED);
      assertThat(failed.message()).contains("finalizers");

      cluster.patch(
          "/api/v1/namespaces/held/configmaps/one",
          "controller",
          "{\"metadata\":{\"finalizers\":null}}");
      assertThat(deletion(agent, "one").how()).isIn("deleted", "absent");
      agent.awaitStatus("held", Status.READY, 2);
    }
  }

  @Test
  void holdsLaterWavesUntilAnEarlierOneIsThrough() throws Exception {
    String first = configMap("waves", "first", "k", "v").replace("\"data\"", "\"dta\"");
    String second =
        configMap("waves", "second", "k", "v")
            .replace("\"namespace\"", "\"annotations\":{\"test/wave\":\"1\"},\"namespace\"");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("waves", namespace("waves"), first, second).build());

      Observation.TargetState failed = agent.awaitStatus("waves", Status.FAILED, 1);

      assertThat(failed.problems())
          .extracting(p -> p.object().name(), ObjectProblem::reason)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("first", Reason.APPLY_FAILED),
              org.assertj.core.groups.Tuple.tuple("second", Reason.PROGRESSING));
      assertThat(cluster.code("/api/v1/namespaces/waves/configmaps/second")).isEqualTo(404);
    }
  }

  @Test
  void waitsForTheBundlesThatABundleDependsOn() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("top", TestStates.dependsOn("bottom"), configMap("deps", "top", "k", "v"))
              .bundle("bottom", configMap("deps", "bottom", "k", "v"))
              .build());
      Observation.TargetState waiting = agent.awaitStatus("top", Status.WAITING, 1);
      assertThat(waiting.reason()).contains(Reason.DEPENDENCY_NOT_READY);
      assertThat(waiting.message()).contains("bottom");

      cluster.post("/api/v1/namespaces", namespace("deps"));
      agent.awaitStatus("bottom", Status.READY, 1);
      agent.awaitStatus("top", Status.READY, 1);
    }
  }

  @Test
  void tellsNothingOfASecretThatWasRefused() throws Exception {
    String secret =
        """
        {"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/tls",
         "metadata":{"name":"s","namespace":"secrets"},"stringData":{"other":"swordfish"}}
        """;
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("secrets", namespace("secrets"), secret).build());

      Observation.TargetState failed = agent.awaitStatus("secrets", Status.FAILED, 1);

      assertThat(failed.problems().getFirst().message()).contains("data[tls.crt]");
      assertThat(agent.told().toString()).doesNotContain("swordfish", "c3dvcmRmaXNo");
    }
  }

  @Test
  void actsOnlyWithTheRightsOfTheBundlesAccount() throws Exception {
    cluster.post("/api/v1/namespaces", namespace("tenant"));
    cluster.post("/api/v1/namespaces", namespace("elsewhere"));
    cluster.post(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/tenant/roles",
        """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role",
         "metadata":{"name":"deployer"},
         "rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["*"]}]}
        """);
    cluster.post(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/tenant/rolebindings",
        """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding",
         "metadata":{"name":"deployer"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"deployer"},
         "subjects":[{"kind":"ServiceAccount","name":"deployer","namespace":"tenant"}]}
        """);
    Policy policy = TestStates.as("tenant/deployer");
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("tenant", policy, configMap("tenant", "one", "k", "v")).build());
      agent.awaitStatus("tenant", Status.READY, 1);
      cluster.patch(
          "/api/v1/namespaces/tenant/configmaps/one", "person", "{\"data\":{\"k\":\"x\"}}");
      agent.awaitDrift(drift -> drift.action() == Observation.Action.CORRECTED);

      agent.offer(
          state(2)
              .bundle(
                  "tenant",
                  policy,
                  configMap("tenant", "one", "k", "v"),
                  configMap("elsewhere", "two", "k", "v"))
              .build());
      Observation.TargetState failed = agent.awaitStatus("tenant", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.FORBIDDEN);
      assertThat(failed.message())
          .contains("system:serviceaccount:tenant:deployer", "configmaps", "elsewhere");
    }
  }

  @Test
  void deletesNothingWhileAnApiGroupDoesNotAnswer() throws Exception {
    cluster.post(
        "/apis/apiregistration.k8s.io/v1/apiservices",
        """
        {"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService",
         "metadata":{"name":"v1.nowhere.example.net"},
         "spec":{"group":"nowhere.example.net","version":"v1","groupPriorityMinimum":1,
          "versionPriority":1,"insecureSkipTLSVerify":true,
          "service":{"name":"nobody","namespace":"default"}}}
        """);
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle("stale", namespace("stale"), configMap("stale", "one", "k", "v"))
              .build());
      agent.awaitStatus("stale", Status.READY, 1);
      agent.offer(
          state(2)
              .bundle("stale", namespace("stale"))
              .deletion("stale", "v1", "ConfigMap", "stale", "one")
              .build());

      Observation.TargetState failed = agent.awaitStatus("stale", Status.FAILED, 2);
      assertThat(failed.reason()).contains(Reason.PRUNE_FAILED);
      assertThat(failed.message()).contains("nowhere.example.net");
      assertThat(cluster.code("/api/v1/namespaces/stale/configmaps/one")).isEqualTo(200);
    } finally {
      cluster.delete("/apis/apiregistration.k8s.io/v1/apiservices/v1.nowhere.example.net");
    }
    try (AgentRig agent = agent()) {
      agent.offer(
          state(3)
              .bundle("stale", namespace("stale"))
              .deletion("stale", "v1", "ConfigMap", "stale", "one")
              .build());
      assertThat(deletion(agent, "one").how()).isEqualTo("deleted");
    }
  }

  @Test
  void tellsAPolicysDenialFromAnInvalidObject() throws Exception {
    cluster.post(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        """
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy",
         "metadata":{"name":"denied"},
         "spec":{"failurePolicy":"Fail","matchConstraints":{"resourceRules":[{"apiGroups":[""],
          "apiVersions":["v1"],"operations":["CREATE","UPDATE"],"resources":["configmaps"]}]},
          "validations":[{"expression":"object.metadata.name != 'denied'"}]}}
        """);
    cluster.post(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        """
        {"apiVersion":"admissionregistration.k8s.io/v1",
         "kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"denied"},
         "spec":{"policyName":"denied","validationActions":["Deny"]}}
        """);
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("policy", namespace("policy")).build());
      agent.awaitStatus("policy", Status.READY, 1);
      cluster.awaitCode(
          403,
          422,
          "/api/v1/namespaces/policy/configmaps?dryRun=All",
          configMap("policy", "denied", "k", "v"));

      agent.offer(
          state(2)
              .bundle("policy", namespace("policy"), configMap("policy", "denied", "k", "v"))
              .build());

      assertThat(agent.awaitStatus("policy", Status.FAILED, 2).reason())
          .contains(Reason.ADMISSION_DENIED);
    } finally {
      cluster.delete(
          "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/denied");
      cluster.delete("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/denied");
    }
  }

  @Test
  void needsOneRequestPerObjectAtFirstAndOneForOneChange() throws Exception {
    int count = 1_000;
    List<String> objects = new ArrayList<>();
    objects.add(namespace("many"));
    for (int i = 1; i < count; i++) {
      objects.add(configMap("many", "cm-" + i, "k", "v"));
    }
    try (AgentRig agent = agent()) {
      long before = cluster.auditLines();
      long start = System.nanoTime();
      agent.offer(state(1).bundle("many", objects.toArray(new String[0])).build());
      agent.awaitStatus("many", Status.READY, 1);
      long millis = (System.nanoTime() - start) / 1_000_000;
      int first = cluster.audit(before).size();
      System.out.println("first " + count + " objects: " + first + " requests, " + millis + " ms");
      assertThat(first).isLessThanOrEqualTo(count + 15);

      before = cluster.auditLines();
      objects.set(500, configMap("many", "cm-500", "k", "changed"));
      start = System.nanoTime();
      agent.offer(state(2).bundle("many", objects.toArray(new String[0])).build());
      agent.awaitStatus("many", Status.READY, 2);
      System.out.println("one of them: " + (System.nanoTime() - start) / 1_000_000 + " ms");
      assertThat(cluster.audit(before))
          .extracting(
              e -> e.path("verb").asText() + " " + e.path("objectRef").path("name").asText())
          .containsExactly("patch cm-500");
    }
  }
}
