package io.towline.agent.observe;

import static io.towline.agent.apply.TestStates.configMap;
import static io.towline.agent.apply.TestStates.deployment;
import static io.towline.agent.apply.TestStates.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.apply.MemoryInventory;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestStates;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Drift, against a real API server. */
@ExtendWith(WithCluster.class)
class DriftJourneyTest {
  private final TestCluster cluster;
  private final TestBodies bodies = new TestBodies();
  private final MemoryInventory store = new MemoryInventory();

  DriftJourneyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private AgentRig agent() throws Exception {
    return agent(Map.of());
  }

  private AgentRig agent(Map<String, String> settings) throws Exception {
    return new AgentRig(cluster.kubeconfig(), bodies, store, settings);
  }

  private TestStates state(long sequence) {
    return new TestStates(bodies, sequence);
  }

  private static String path(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  private static String deploymentPath(String namespace, String name) {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name;
  }

  /** A change that Towline does not care about, after which everything before it was seen. */
  private void afterEverything(AgentRig agent, String namespace) throws Exception {
    cluster.patch(path(namespace, "last"), "marker", "{\"data\":{\"k\":\"x\"}}");
    agent.awaitDrift(d -> d.object().name().equals("last"));
  }

  @Test
  void bringsAnEditBackAndSaysWhoMadeIt() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1).bundle("edit", namespace("edit"), configMap("edit", "one", "k", "v")).build());
      agent.awaitStatus("edit", Status.READY, 1);

      cluster.patch(path("edit", "one"), "kubectl-edit", "{\"data\":{\"k\":\"x\",\"more\":\"y\"}}");

      Observation.Drift drift = agent.awaitDrift(d -> d.bundle().equals("edit"));
      assertThat(drift.action()).isEqualTo(Observation.Action.CORRECTED);
      assertThat(drift.manager()).isEqualTo("kubectl-edit");
      assertThat(drift.operation()).isEqualTo(Observation.Operation.UPDATE);
      assertThat(drift.fields())
          .containsExactly(new Observation.FieldChange("/data/k", "\"v\"", "\"x\""));
      assertThat(cluster.get(path("edit", "one")).path("data").path("k").asText()).isEqualTo("v");
      // A key that Towline never set is not Towline's.
      assertThat(cluster.get(path("edit", "one")).path("data").path("more").asText())
          .isEqualTo("y");
    }
  }

  @Test
  void bringsBackAScaleADeletionARemovedFieldAndARemovedLabel() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "many-ways",
                  namespace("ways"),
                  deployment("ways", "web", 2),
                  configMap("ways", "deleted", "k", "v"),
                  configMap("ways", "emptied", "k", "v"),
                  configMap("ways", "unlabelled", "k", "v"))
              .build());
      agent.awaitTarget("many-ways", t -> t.appliedManifest().isPresent());
      String uid = cluster.get(path("ways", "deleted")).path("metadata").path("uid").asText();

      cluster.patch(
          deploymentPath("ways", "web") + "/scale", "kubectl", "{\"spec\":{\"replicas\":5}}");
      cluster.delete(path("ways", "deleted"));
      cluster.patch(path("ways", "emptied"), "person", "{\"data\":{\"k\":null}}");
      cluster.patch(
          path("ways", "unlabelled"),
          "person",
          "{\"metadata\":{\"labels\":{\"towline.io/bundle\":null}}}");

      Observation.Drift scaled = agent.awaitDrift(d -> d.object().name().equals("web"));
      assertThat(scaled.manager()).isEqualTo("kubectl");
      assertThat(scaled.fields())
          .containsExactly(new Observation.FieldChange("/spec/replicas", "2", "5"));
      Observation.Drift deleted = agent.awaitDrift(d -> d.object().name().equals("deleted"));
      assertThat(deleted.operation()).isEqualTo(Observation.Operation.DELETE);
      assertThat(deleted.fields()).isEmpty();
      Observation.Drift emptied = agent.awaitDrift(d -> d.object().name().equals("emptied"));
      assertThat(emptied.fields())
          .containsExactly(new Observation.FieldChange("/data/k", "\"v\"", ""));
      Observation.Drift unlabelled = agent.awaitDrift(d -> d.object().name().equals("unlabelled"));
      assertThat(unlabelled.operation()).isEqualTo(Observation.Operation.UPDATE);
      assertThat(unlabelled.fields())
          .extracting(Observation.FieldChange::path)
          .containsExactly("/metadata/labels/towline.io~1bundle");
      assertThat(agent.drifts())
          .allSatisfy(d -> assertThat(d.action()).isEqualTo(Observation.Action.CORRECTED));

      assertThat(cluster.get(deploymentPath("ways", "web")).at("/spec/replicas").asInt())
          .isEqualTo(2);
      assertThat(cluster.get(path("ways", "deleted")).path("metadata").path("uid").asText())
          .isNotEqualTo(uid);
      assertThat(store.load().entries())
          .filteredOn(e -> e.ref().name().equals("deleted"))
          .singleElement()
          .satisfies(
              e ->
                  assertThat(e.uid())
                      .contains(
                          cluster
                              .get(path("ways", "deleted"))
                              .path("metadata")
                              .path("uid")
                              .asText()));
    }
  }

  @Test
  void neverTakesTheFieldsOfOthersForDrift() throws Exception {
    String withoutReplicas = deployment("others", "web", 2).replace("\"replicas\":2,", "");
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "others",
                  namespace("others"),
                  withoutReplicas,
                  configMap("others", "one", "k", "v"),
                  configMap("others", "last", "k", "v"))
              .build());
      agent.awaitTarget("others", t -> t.appliedManifest().isPresent());

      // An autoscaler, a controller's status and annotations, and a sidecar injector.
      cluster.patch(
          deploymentPath("others", "web") + "/scale", "hpa", "{\"spec\":{\"replicas\":4}}");
      cluster.patch(
          deploymentPath("others", "web") + "/status",
          "controller",
          "{\"status\":{\"replicas\":4,\"observedGeneration\":2}}");
      cluster.patch(
          deploymentPath("others", "web"),
          "controller",
          "{\"metadata\":{\"annotations\":{\"deployment.kubernetes.io/revision\":\"1\"}}}");
      cluster.apply(
          deploymentPath("others", "web"),
          "injector",
          """
          {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
           "spec":{"template":{"spec":{"containers":[{"name":"sidecar","image":"s:1"}]}}}}
          """);
      cluster.patch(path("others", "one"), "person", "{\"data\":{\"theirs\":\"1\"}}");
      afterEverything(agent, "others");

      assertThat(agent.drifts()).extracting(d -> d.object().name()).containsExactly("last");
      assertThat(cluster.get(deploymentPath("others", "web")).at("/spec/replicas").asInt())
          .isEqualTo(4);
    }
  }

  @Test
  void findsNoDriftInWhatItAppliedAfterARestart() throws Exception {
    TestStates state =
        state(1)
            .bundle(
                "again",
                namespace("again"),
                deployment("again", "web", 1),
                service("again"),
                policies("again"),
                configMap("again", "last", "k", "v"));
    try (AgentRig agent = agent()) {
      agent.offer(state.build());
      agent.awaitTarget("again", t -> t.appliedManifest().isPresent());
    }
    long before = cluster.auditLines();
    try (AgentRig agent = agent()) {
      agent.offer(state.build());
      agent.awaitTarget("again", t -> t.current() >= 4);
      afterEverything(agent, "again");

      assertThat(agent.drifts()).extracting(d -> d.object().name()).containsExactly("last");
      assertThat(cluster.audit(before))
          .filteredOn(e -> e.path("verb").asText().equals("patch"))
          .singleElement()
          .satisfies(e -> assertThat(e.path("objectRef").path("name").asText()).isEqualTo("last"));
    }
  }

  private static String service(String namespace) {
    return """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"%s"},
         "spec":{"selector":{"app":"web"},"ports":[{"port":80,"targetPort":8080},
          {"name":"dns","port":53,"protocol":"UDP"}]}}
        """
        .formatted(namespace)
        .replace("{\"port\":80", "{\"name\":\"http\",\"port\":80");
  }

  private static String policies(String namespace) {
    return """
        {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy",
         "metadata":{"name":"web","namespace":"%s","creationTimestamp":null},
         "spec":{"podSelector":{},"ingress":[{"from":[{"podSelector":{}}],
          "ports":[{"port":8080}]}],"policyTypes":["Ingress"]}}
        """
        .formatted(namespace);
  }

  @Test
  void seesAChangeInsideAListThatHasOneOwner() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("atomic", namespace("atomic"), policies("atomic")).build());
      agent.awaitStatus("atomic", Status.READY, 1);
      String path = "/apis/networking.k8s.io/v1/namespaces/atomic/networkpolicies/web";

      cluster.patch(
          path,
          "intruder",
          """
          {"spec":{"ingress":[{"from":[{"podSelector":{},"namespaceSelector":{}}],
           "ports":[{"port":8080,"protocol":"TCP"}]}]}}
          """);

      Observation.Drift drift = agent.awaitDrift(d -> d.bundle().equals("atomic"));
      assertThat(drift.manager()).isEqualTo("intruder");
      assertThat(drift.fields())
          .extracting(Observation.FieldChange::path)
          .containsExactly("/spec/ingress");
      assertThat(cluster.get(path).at("/spec/ingress/0/from/0").has("namespaceSelector")).isFalse();
    }
  }

  @Test
  void onlyReportsWhereThePolicySaysSoAndTellsWhenItIsOver() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "warn",
                  TestStates.warn(),
                  namespace("warn"),
                  configMap("warn", "one", "k", "v"),
                  configMap("warn", "two", "k", "v"))
              .build());
      agent.awaitStatus("warn", Status.READY, 1);

      cluster.patch(path("warn", "one"), "person", "{\"data\":{\"k\":\"x\"}}");
      cluster.delete(path("warn", "two"));

      Observation.Drift drift =
          agent.awaitDrift(d -> d.action() == Observation.Action.REPORTED && !d.fields().isEmpty());
      agent.awaitDrift(
          d ->
              d.action() == Observation.Action.REPORTED
                  && d.operation() == Observation.Operation.DELETE);
      Observation.TargetState drifted =
          agent.awaitTarget("warn", t -> t.status() == Status.DRIFTED && t.problems().size() == 2);
      assertThat(drifted.reason()).contains(Reason.DRIFT_DETECTED);
      assertThat(cluster.get(path("warn", "one")).path("data").path("k").asText()).isEqualTo("x");

      cluster.patch(path("warn", "one"), "person", "{\"data\":{\"k\":\"v\"}}");
      agent.awaitDrift(d -> d.id().equals(drift.id()) && d.action() == Observation.Action.RESOLVED);
      agent.awaitTarget("warn", t -> t.problems().size() == 1);
      assertThat(cluster.code(path("warn", "two"))).isEqualTo(404);
    }
  }

  @Test
  void showsNoValueOfASecret() throws Exception {
    String secret =
        """
        {"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"hidden"},
         "stringData":{"password":"swordfish","count":"3"}}
        """;
    try (AgentRig agent = agent()) {
      agent.offer(state(1).bundle("hidden", namespace("hidden"), secret).build());
      agent.awaitStatus("hidden", Status.READY, 1);
      assertThat(cluster.get("/api/v1/namespaces/hidden/secrets/s").at("/data/password").asText())
          .isEqualTo("c3dvcmRmaXNo");

      cluster.patch(
          "/api/v1/namespaces/hidden/secrets/s",
          "person",
          "{\"data\":{\"password\":\"bWFja2VyZWw=\"}}");

      Observation.Drift drift = agent.awaitDrift(d -> d.bundle().equals("hidden"));
      assertThat(drift.fields())
          .containsExactly(new Observation.FieldChange("/data/password", "(hidden)", "(hidden)"));
      assertThat(agent.told().toString())
          .doesNotContain("c3dvcmRmaXNo", "swordfish", "bWFja2VyZWw", "mackerel");
    }
  }

  @Test
  void slowsDownAndSaysSoWhenSomebodyFightsBack() throws Exception {
    try (AgentRig agent =
        agent(
            Map.of(
                "towline.observe.corrections-per-minute",
                "3",
                "towline.observe.contested-first",
                "400ms",
                "towline.observe.contested-longest",
                "800ms"))) {
      agent.offer(
          state(1)
              .bundle("fight", namespace("fight"), configMap("fight", "one", "k", "v"))
              .build());
      agent.awaitStatus("fight", Status.READY, 1);

      for (int i = 0; i < 4; i++) {
        String value = "\"x" + i + "\"";
        cluster.patch(path("fight", "one"), "other-tool", "{\"data\":{\"k\":" + value + "}}");
        agent.awaitDrift(d -> !d.fields().isEmpty() && d.fields().getFirst().found().equals(value));
      }

      Observation.Drift fought = agent.awaitDrift(d -> d.action() == Observation.Action.FAILED);
      assertThat(fought.manager()).isEqualTo("other-tool");
      Observation.TargetState drifted = agent.awaitStatus("fight", Status.DRIFTED, 1);
      assertThat(drifted.reason()).contains(Reason.DRIFT_CORRECTION_FAILED);
      assertThat(agent.drifts())
          .filteredOn(d -> d.action() == Observation.Action.CORRECTED)
          .hasSize(3);

      // It is corrected after all, later.
      agent.awaitStatus("fight", Status.READY, 1);
      assertThat(cluster.get(path("fight", "one")).path("data").path("k").asText()).isEqualTo("v");
    }
  }

  @Test
  void becomesDegradedWhenAnObjectIsNotHealthyInTime() throws Exception {
    try (AgentRig agent = agent()) {
      agent.offer(
          state(1)
              .bundle(
                  "slow",
                  TestStates.healthTimeout(Duration.ofSeconds(1)),
                  namespace("slow"),
                  deployment("slow", "web", 1))
              .build());

      Observation.TargetState degraded = agent.awaitStatus("slow", Status.DEGRADED, 1);
      assertThat(degraded.reason()).contains(Reason.HEALTH_CHECK_FAILED);
      assertThat(degraded.problems())
          .singleElement()
          .satisfies(p -> assertThat(p.object().kind()).isEqualTo("Deployment"));

      cluster.patch(
          deploymentPath("slow", "web") + "/status",
          "controller",
          """
          {"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,
           "availableReplicas":1}}
          """);
      agent.awaitStatus("slow", Status.READY, 1);
    }
  }
}
