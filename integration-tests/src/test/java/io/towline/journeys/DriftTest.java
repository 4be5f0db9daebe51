package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody changes behind Git's back is corrected or reported, with who did it. */
final class DriftTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String CANARY = "Tr0ub4dor-and-a-harbour-seal";

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"))
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "declared"))
        .write("apps/web/second.yaml", Yaml.configMap("second", "declared"))
        .write("apps/web/deployment.yaml", Yaml.deployment("front", 2))
        .write(
            "apps/web/secret.yaml",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: credentials}
            stringData: {password: %s}
            """
                .formatted(CANARY))
        .write(
            "apps/watched/towline.yaml",
            Yaml.bundle("watched", Yaml.EVERYWHERE, "drift: {mode: warn}\n"))
        .write("apps/watched/namespace.yaml", Yaml.namespace("watched"))
        .write("apps/watched/settings.yaml", Yaml.configMap("settings", "declared"))
        .commit("web");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    store.admin().await(configMap("watched", "settings"), SOON, "has arrived", o -> true);
    store
        .admin()
        .await("/api/v1/namespaces/web/secrets/credentials", SOON, "has arrived", o -> true);
    // No controller runs here: the Deployment stays Progressing, everything is applied.
    store.admin().await(FRONT, SOON, "has arrived", o -> true);
  }

  private static final String FRONT = "/apis/apps/v1/namespaces/web/deployments/front";

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  private static String configMap(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  @Test
  void anEditedFieldComesBackAndTheEditIsOnRecord() {
    String path = configMap("web", "settings");
    store
        .person()
        .patch(
            path + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("data", Map.of("value", "edited")));

    store
        .admin()
        .await(path, SOON, "is as declared", o -> o.at("/data/value").asText().equals("declared"));

    JsonNode record = awaitDrift("ConfigMap", "settings", "web", "corrected");
    assertThat(record.path("manager").asText()).isEqualTo("kubectl-edit");
    JsonNode field = record.at("/fields/0");
    assertThat(field.path("path").asText()).isEqualTo("/data/value");
    assertThat(field.path("oldValue").asText()).contains("declared");
    assertThat(field.path("newValue").asText()).contains("edited");
  }

  @Test
  void aDeletedObjectIsRestored() {
    String path = configMap("web", "second");
    String before = store.admin().get(path).orElseThrow().at("/metadata/uid").asText();

    store.person().delete(path);

    store
        .admin()
        .await(
            path, SOON, "is another object", o -> !o.at("/metadata/uid").asText().equals(before));
    assertThat(awaitDrift("ConfigMap", "second", "web", "corrected").path("operation").asText())
        .isEqualToIgnoringCase("delete");
  }

  @Test
  void aScaledDeploymentIsScaledBack() {
    store
        .person()
        .patch(
            FRONT + "/scale?fieldManager=kubectl",
            KubeClient.MERGE_PATCH,
            Map.of("spec", Map.of("replicas", 7)));

    store.admin().await(FRONT, SOON, "has two replicas", o -> o.at("/spec/replicas").asInt() == 2);
    assertThat(awaitDrift("Deployment", "front", "web", "corrected").at("/fields/0/path").asText())
        .isEqualTo("/spec/replicas");
  }

  @Test
  void aSecretsValuesAreNeverShown() {
    store
        .person()
        .patch(
            "/api/v1/namespaces/web/secrets/credentials?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("stringData", Map.of("password", "edited-" + CANARY)));

    JsonNode record = awaitDrift("Secret", "credentials", "web", "corrected");

    assertThat(record.at("/fields/0/path").asText()).isEqualTo("/data/password");
    String encoded = Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8));
    for (List<String> command :
        List.of(
            List.of("drift", "-o", "json"),
            List.of("events", "-o", "json"),
            List.of("describe", "target", "web@store"))) {
      TowlineCli.Result shown = fleet.cli().run(command.toArray(String[]::new));
      assertThat(shown.stdout() + shown.stderr()).doesNotContain(CANARY).doesNotContain(encoded);
    }
    for (Path log : List.of(store.agent().process().log(), fleet.hub().process().log())) {
      assertThat(log).content().doesNotContain(CANARY).doesNotContain(encoded);
    }
  }

  @Test
  void aFieldThatAControllerOwnsIsNoDrift() {
    String path = configMap("web", "settings");
    AuditLog.Mark before = store.controlPlane().auditLog().mark();
    store
        .admin()
        .apply(
            path,
            "certificate-injector",
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "ConfigMap",
                "metadata",
                Map.of("name", "settings", "namespace", "web", "annotations", Map.of("x/y", "z")),
                "data",
                Map.of("injected", "by a controller")));
    // A real drift afterwards proves that the agent has seen the controller's write and let it be.
    store.person().delete(configMap("web", "second"));
    store
        .controlPlane()
        .auditLog()
        .await(
            before,
            SOON,
            "the agent restores the deleted object",
            e -> e.user().equals(ApiServer.AGENT) && e.isWrite() && e.name().equals("second"));

    assertThat(store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before))
        .noneMatch(write -> write.name().equals("settings") && write.namespace().equals("web"));
    assertThat(store.admin().get(path).orElseThrow().at("/data/injected").asText())
        .isEqualTo("by a controller");
  }

  @Test
  void inModeWarnTheChangeStaysAndTheTargetIsDrifted() {
    String path = configMap("watched", "settings");
    store
        .person()
        .patch(
            path + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("data", Map.of("value", "edited")));

    TowlineCli.Result drifted =
        fleet.cli().run("wait", "target/watched@store", "--for", "drifted", "--timeout", "60s");
    assertThat(drifted.exitCode()).as(drifted.stderr()).isZero();
    assertThat(store.admin().get(path).orElseThrow().at("/data/value").asText())
        .isEqualTo("edited");
    assertThat(fleet.cli().run("drift", "watched@store").exitCode())
        .as("drift says by its exit code that something differs")
        .isEqualTo(1);

    store.person().patch(path, KubeClient.MERGE_PATCH, Map.of("data", Map.of("value", "declared")));

    TowlineCli.Result ready =
        fleet.cli().run("wait", "target/watched@store", "--for", "ready", "--timeout", "60s");
    assertThat(ready.exitCode()).as(ready.stderr()).isZero();
    assertThat(fleet.cli().run("drift", "watched@store").exitCode()).isZero();
  }

  /** The newest record of an object; waits for it on the hub's own stream of drift. */
  private static JsonNode awaitDrift(String kind, String name, String bundle, String action) {
    Deadline deadline = Deadline.in(SOON);
    JsonNode[] found = new JsonNode[1];
    deadline.until(
        "drift of " + kind + " " + name + " is on record at the hub",
        () -> {
          JsonNode items =
              KubeClient.json(fleet.cli().run("drift", bundle + "@store", "-o", "json").stdout())
                  .path("items");
          return StreamSupport.stream(items.spliterator(), false)
              .filter(item -> item.at("/object/kind").asText().equals(kind))
              .filter(item -> item.at("/object/name").asText().equals(name))
              .filter(item -> item.path("action").asText().equals(action))
              .peek(item -> found[0] = item)
              .findFirst()
              .isPresent();
        });
    return found[0];
  }
}
