package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.AdmissionServer;
import io.towline.testkit.AdmissionServer.Step;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Conditions;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
import io.towline.testkit.Workloads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Others that write to the same objects for good reasons: an autoscaler, an injector of
 * certificates, and a webhook that changes whatever is written. Towline has to live with them
 * without a fight, and the audit log is the witness.
 */
final class NeighboursTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String HOOKS =
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/orders";

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    fleet.start();
    store = fleet.addCluster("store", Map.of(), Workloads.RUN);
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  @Test
  void anAutoscalerKeepsTheReplicasThatGitLeavesToIt() {
    declare("scaled", "front.yaml", scalable("front", 1));
    settings("scaled");
    commitAndWait("scaled");
    String front = deployment("scaled", "front");
    AuditLog.Mark before = store.controlPlane().auditLog().mark();

    store
        .admin()
        .patch(
            front + "/scale?fieldManager=horizontal-pod-autoscaler",
            KubeClient.MERGE_PATCH,
            Map.of("spec", Map.of("replicas", 3)));
    store.admin().await(front, SOON, "has three Pods", Conditions::isRolledOut);

    assertLeftAlone(before, "scaled", "deployments", "front");
    assertThat(replicas(front)).isEqualTo(3);

    declare("scaled", "front.yaml", scalable("front", 2));
    fleet.repository().commit("a new image");
    JsonNode renewed =
        store
            .admin()
            .await(
                front, SOON, "has the new image", o -> image(o).equals("registry.invalid/web:2"));
    assertThat(renewed.at("/spec/replicas").asInt()).isEqualTo(3);
    waitFor("scaled", "ready");
  }

  @Test
  void anInjectedAuthorityStaysInAWebhookThroughUpdatesAndCorrections() {
    declare("hooks", "hook.yaml", hook(5));
    settings("hooks");
    commitAndWait("hooks");
    String authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==";
    AuditLog.Mark before = store.controlPlane().auditLog().mark();

    store
        .admin()
        .patch(
            HOOKS + "?fieldManager=cert-manager-cainjector",
            KubeClient.JSON_PATCH,
            List.of(new Step("add", "/webhooks/0/clientConfig/caBundle", authority)));

    assertLeftAlone(before, "hooks", "validatingwebhookconfigurations", "orders");
    declare("hooks", "hook.yaml", hook(7));
    fleet.repository().commit("a longer timeout");
    awaitHook(7, authority);
    AuditLog.Mark edited = store.controlPlane().auditLog().mark();
    store
        .person()
        .patch(
            HOOKS + "?fieldManager=kubectl-edit",
            KubeClient.JSON_PATCH,
            List.of(new Step("replace", "/webhooks/0/timeoutSeconds", 9)));
    store
        .controlPlane()
        .auditLog()
        .await(
            edited,
            SOON,
            "the agent brings the timeout back",
            e -> e.user().equals(ApiServer.AGENT) && e.isWrite() && e.name().equals("orders"));
    awaitHook(7, authority);
    waitFor("hooks", "ready");
    assertThat(driftedFields("hooks", "orders")).containsOnly("/webhooks/0/timeoutSeconds");
  }

  @Test
  void aWebhookThatRewritesEachApplyIsNotFought() {
    fleet
        .repository()
        .write("apps/mutated/towline.yaml", Yaml.bundle("mutated", Yaml.EVERYWHERE))
        .write("apps/mutated/namespace.yaml", Yaml.namespace("mutated"));
    commitAndWait("mutated");
    AtomicLong count = new AtomicLong();
    try (AdmissionServer webhook =
        AdmissionServer.start(scratch.resolve("admission"), request -> rewritten(request, count))) {
      webhook.register(
          store.admin(),
          "mutated",
          List.of(
              AdmissionServer.rule("apps", "deployments"), AdmissionServer.rule("", "configmaps")));
      String front = deployment("mutated", "front");
      AuditLog.Mark before = store.controlPlane().auditLog().mark();

      declare("mutated", "front.yaml", Yaml.deployment("front", 2));
      settings("mutated");
      fleet.repository().commit("what a webhook rewrites");
      store.admin().await(front, SOON, "has arrived", o -> true);
      waitFor("mutated", "ready");

      JsonNode live = store.admin().await(front, SOON, "has its Pods", Conditions::isRolledOut);
      assertThat(image(live)).isEqualTo("mirror.invalid/web:1");
      assertThat(live.at("/metadata/labels/mirrored").asText()).isEqualTo("yes");
      // One to apply it, and at most one to learn that applying it changes nothing.
      assertLeftAlone(before, 2, "mutated", "deployments", "front");

      AuditLog.Mark restarted = store.controlPlane().auditLog().mark();
      store.agent().stop();
      store.agent().start();
      assertLeftAlone(restarted, 1, "mutated", "deployments", "front");

      store
          .person()
          .patch(
              front + "?fieldManager=kubectl",
              KubeClient.MERGE_PATCH,
              Map.of("spec", Map.of("replicas", 5)));
      store.admin().await(front, SOON, "is scaled back", o -> replicas(o) == 2);
      waitFor("mutated", "ready");
      assertThat(driftedFields("mutated", "front"))
          .as("what the webhook makes of it is nobody's drift")
          .containsOnly("/spec/replicas");
    }
  }

  /** Another image, another label, and a mark that differs at each write. */
  private static List<Step> rewritten(JsonNode request, AtomicLong count) {
    JsonNode object = request.path("object");
    if (!object.path("kind").asText().equals("Deployment")) {
      return List.of();
    }
    List<Step> steps = new ArrayList<>();
    steps.add(
        new Step(
            "replace",
            "/spec/template/spec/containers/0/image",
            image(object).replace("registry.invalid", "mirror.invalid")));
    steps.add(new Step("add", "/metadata/labels/mirrored", "yes"));
    if (!object.path("metadata").has("annotations")) {
      steps.add(new Step("add", "/metadata/annotations", Map.of()));
    }
    steps.add(
        new Step("add", "/metadata/annotations/reviewed", Long.toString(count.incrementAndGet())));
    return steps;
  }

  /** Not one write, once a change that came later has been seen and corrected. */
  private static void assertLeftAlone(
      AuditLog.Mark since, String bundle, String resource, String name) {
    assertLeftAlone(since, 0, bundle, resource, name);
  }

  private static void assertLeftAlone(
      AuditLog.Mark since, int writes, String bundle, String resource, String name) {
    AuditLog log = store.controlPlane().auditLog();
    AuditLog.Mark sentinel = log.mark();
    String path = "/api/v1/namespaces/" + bundle + "/configmaps/settings";
    store.person().delete(path);
    log.await(
        sentinel,
        SOON,
        "the agent restores what was deleted",
        e ->
            e.user().equals(ApiServer.AGENT)
                && e.isWrite()
                && e.namespace().equals(bundle)
                && e.name().equals("settings"));
    assertThat(log.writesBy(ApiServer.AGENT, since))
        .filteredOn(write -> write.resource().equals(resource) && write.name().equals(name))
        .filteredOn(write -> write.namespace().isEmpty() || write.namespace().equals(bundle))
        .filteredOn(AuditEvent::granted)
        .hasSizeLessThanOrEqualTo(writes);
  }

  private static void awaitHook(int timeout, String authority) {
    JsonNode live =
        store
            .admin()
            .await(
                HOOKS,
                SOON,
                "has a timeout of " + timeout,
                o -> o.at("/webhooks/0/timeoutSeconds").asInt() == timeout);
    assertThat(live.at("/webhooks/0/clientConfig/caBundle").asText()).isEqualTo(authority);
  }

  private static void settings(String bundle) {
    declare(bundle, "settings.yaml", Yaml.configMap("settings", "declared"));
  }

  private static void declare(String bundle, String file, String content) {
    fleet
        .repository()
        .write("apps/" + bundle + "/towline.yaml", Yaml.bundle(bundle, Yaml.EVERYWHERE))
        .write("apps/" + bundle + "/namespace.yaml", Yaml.namespace(bundle))
        .write("apps/" + bundle + "/" + file, content);
  }

  private static void commitAndWait(String bundle) {
    fleet.repository().commit(bundle);
    waitFor(bundle, "ready");
  }

  private static void waitFor(String bundle, String state) {
    TowlineCli.Result waited =
        fleet.cli().run("wait", "target/" + bundle + "@store", "--for", state, "--timeout", "90s");
    assertThat(waited.exitCode()).as(waited.stdout() + waited.stderr()).isZero();
  }

  private static List<String> driftedFields(String bundle, String name) {
    List<String> fields = new ArrayList<>();
    JsonNode items =
        KubeClient.json(fleet.cli().run("drift", bundle + "@store", "-o", "json").stdout())
            .path("items");
    for (JsonNode item : items) {
      if (item.at("/object/name").asText().equals(name)) {
        item.path("fields").forEach(field -> fields.add(field.path("path").asText()));
      }
    }
    return fields;
  }

  private static String deployment(String namespace, String name) {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name;
  }

  private static int replicas(String path) {
    return replicas(store.admin().get(path).orElseThrow());
  }

  private static int replicas(JsonNode deployment) {
    return deployment.at("/spec/replicas").asInt();
  }

  private static String image(JsonNode deployment) {
    return deployment.at("/spec/template/spec/containers/0/image").asText();
  }

  private static String scalable(String name, int version) {
    return Yaml.deployment(name, 0)
        .replace("  replicas: 0\n", "")
        .replace("web:1", "web:" + version);
  }

  private static String hook(int timeout) {
    return """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingWebhookConfiguration
    metadata:
      name: orders
      annotations: {cert-manager.io/inject-ca-from: hooks/orders}
    webhooks:
      - name: orders.hooks.example.com
        sideEffects: None
        admissionReviewVersions: [v1]
        timeoutSeconds: %d
        clientConfig: {service: {namespace: hooks, name: orders}}
        rules:
          - apiGroups: [orders.example.com]
            apiVersions: [v1]
            operations: [CREATE]
            resources: [orders]
    """
        .formatted(timeout);
  }
}
