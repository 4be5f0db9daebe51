package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.TowlineCli;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a commit to live objects: first sync, change, removal, and which cluster gets what. */
final class DeliveryTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;
  private static FleetCluster edge;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    fleet
        .repository()
        .write("clusters/store.yaml", Yaml.cluster("store", "{env: prod}"))
        .write("clusters/edge.yaml", Yaml.cluster("edge", "{env: test}"))
        // A source without any bundle deletes nothing: there is always this one.
        .write("apps/base/towline.yaml", Yaml.bundle("base", Yaml.EVERYWHERE))
        .write("apps/base/namespace.yaml", Yaml.namespace("base"))
        .commit("begin");
    fleet.start();
    store = fleet.addCluster("store", Map.of("env", "prod"));
    edge = fleet.addCluster("edge", Map.of("env", "test"));
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  private static String configMap(String namespace, String name) {
    return "/api/v1/namespaces/" + namespace + "/configmaps/" + name;
  }

  @Test
  void aCommitReachesEveryClusterThatMatchesAndNoOther() {
    fleet
        .repository()
        .write("apps/first/towline.yaml", Yaml.bundle("first", "{matchLabels: {env: prod}}"))
        .write("apps/first/namespace.yaml", Yaml.namespace("first"))
        .write("apps/first/settings.yaml", Yaml.configMap("settings", "1"))
        .commit("first");

    JsonNode arrived =
        store.admin().await(configMap("first", "settings"), SOON, "has arrived", o -> true);

    assertThat(arrived.at("/data/value").asText()).isEqualTo("1");
    assertThat(arrived.at("/metadata/managedFields/0/manager").asText()).isEqualTo("towline");
    assertThat(arrived.at("/metadata/managedFields/0/operation").asText()).isEqualTo("Apply");
    waitFor("first@store", "ready");
    assertThat(edge.admin().get("/api/v1/namespaces/first")).isEmpty();
    JsonNode targets = fleet.cli().json("get", "targets");
    assertThat(targets.path("kind").asText()).isEqualTo("TargetList");
    assertThat(targets.path("items"))
        .filteredOn(item -> item.path("name").asText().contains("first"))
        .hasSize(1);
  }

  @Test
  void aChangeWritesTheChangedObjectAlone() {
    fleet
        .repository()
        .write("apps/change/towline.yaml", Yaml.bundle("change", "{matchLabels: {env: prod}}"))
        .write("apps/change/namespace.yaml", Yaml.namespace("change"))
        .write("apps/change/a.yaml", Yaml.configMap("a", "1"))
        .write("apps/change/b.yaml", Yaml.configMap("b", "1"))
        .commit("change");
    store.admin().await(configMap("change", "b"), SOON, "has arrived", o -> true);
    waitFor("change@store", "ready");
    AuditLog.Mark before = store.controlPlane().auditLog().mark();

    fleet.repository().write("apps/change/b.yaml", Yaml.configMap("b", "2")).commit("change b");

    store
        .admin()
        .await(
            configMap("change", "b"), SOON, "is 2", o -> o.at("/data/value").asText().equals("2"));
    List<AuditEvent> writes =
        store.controlPlane().auditLog().writesBy(ApiServer.AGENT, before).stream()
            .filter(write -> write.namespace().equals("change"))
            .toList();
    assertThat(writes).extracting(AuditEvent::name).containsExactly("b");
  }

  @Test
  void whatLeavesGitIsDeletedAndNothingElse() {
    fleet
        .repository()
        .write("apps/removal/towline.yaml", Yaml.bundle("removal", "{matchLabels: {env: prod}}"))
        .write("apps/removal/namespace.yaml", Yaml.namespace("removal"))
        .write("apps/removal/keep.yaml", Yaml.configMap("keep", "1"))
        .write("apps/removal/drop.yaml", Yaml.configMap("drop", "1"))
        .commit("removal");
    store.admin().await(configMap("removal", "drop"), SOON, "has arrived", o -> true);
    store
        .admin()
        .create(
            "/api/v1/namespaces/removal/configmaps",
            Map.of(
                "apiVersion", "v1",
                "kind", "ConfigMap",
                "metadata",
                    Map.of("name", "foreign", "labels", Map.of("towline.io/bundle", "removal"))));

    fleet.repository().remove("apps/removal/drop.yaml").commit("drop one");

    store.admin().awaitGone(configMap("removal", "drop"), SOON);
    assertThat(store.admin().get(configMap("removal", "keep"))).isPresent();
    assertThat(store.admin().get(configMap("removal", "foreign")))
        .as("an object that only carries the label is not Towline's")
        .isPresent();
  }

  @Test
  void aRemovedBundleIsDeletedButItsNamespaceIsProtected() {
    fleet
        .repository()
        .write("apps/gone/towline.yaml", Yaml.bundle("gone", "{matchLabels: {env: prod}}"))
        .write("apps/gone/namespace.yaml", Yaml.namespace("gone"))
        .write("apps/gone/settings.yaml", Yaml.configMap("settings", "1"))
        .commit("gone");
    store.admin().await(configMap("gone", "settings"), SOON, "has arrived", o -> true);

    fleet.repository().remove("apps/gone").commit("remove the bundle");

    store.admin().awaitGone(configMap("gone", "settings"), SOON);
    assertThat(store.admin().get("/api/v1/namespaces/gone")).isPresent();
  }

  @Test
  void aLabelChangeInGitMovesAClusterBetweenTargets() {
    fleet
        .repository()
        .write("apps/moves/towline.yaml", Yaml.bundle("moves", "{matchLabels: {ring: canary}}"))
        .write("apps/moves/namespace.yaml", Yaml.namespace("moves"))
        .write("apps/moves/settings.yaml", Yaml.configMap("settings", "1"))
        .write("clusters/edge.yaml", Yaml.cluster("edge", "{env: test, ring: canary}"))
        .commit("edge joins the canaries");
    edge.admin().await(configMap("moves", "settings"), SOON, "has arrived", o -> true);
    assertThat(store.admin().get(configMap("moves", "settings"))).isEmpty();

    fleet
        .repository()
        .write("clusters/edge.yaml", Yaml.cluster("edge", "{env: test}"))
        .write("clusters/store.yaml", Yaml.cluster("store", "{env: prod, ring: canary}"))
        .commit("store takes its place");

    store.admin().await(configMap("moves", "settings"), SOON, "has arrived", o -> true);
    edge.admin().awaitGone(configMap("moves", "settings"), SOON);
  }

  @Test
  void aKustomizationArrivesAsItsOverlaySays() {
    fleet
        .repository()
        .write(
            "apps/overlaid/towline.yaml",
            """
            apiVersion: towline.io/v1alpha1
            kind: Bundle
            name: overlaid
            namespace: overlaid
            kustomize: {path: base}
            targets:
              - name: production
                clusters: {matchLabels: {env: prod}}
                kustomize: {path: overlays/prod}
              - name: rest
                clusters: {}
            """)
        .write(
            "apps/overlaid/base/kustomization.yaml", "resources: [namespace.yaml, settings.yaml]\n")
        .write("apps/overlaid/base/namespace.yaml", Yaml.namespace("overlaid"))
        .write("apps/overlaid/base/settings.yaml", Yaml.configMap("settings", "base"))
        .write(
            "apps/overlaid/overlays/prod/kustomization.yaml",
            """
            resources: [../../base]
            patches:
              - patch: |
                  apiVersion: v1
                  kind: ConfigMap
                  metadata: {name: settings}
                  data: {value: prod}
            """)
        .commit("overlaid");

    String settings = configMap("overlaid", "settings");
    JsonNode atStore = store.admin().await(settings, SOON, "has arrived", o -> true);
    JsonNode atEdge = edge.admin().await(settings, SOON, "has arrived", o -> true);

    assertThat(atStore.at("/data/value").asText()).isEqualTo("prod");
    assertThat(atEdge.at("/data/value").asText()).isEqualTo("base");
  }

  @Test
  void aCustomResourceAndItsDefinitionArriveFromOneBundle() {
    fleet
        .repository()
        .write("apps/custom/towline.yaml", Yaml.bundle("custom", "{matchLabels: {env: prod}}"))
        .write("apps/custom/a-namespace.yaml", Yaml.namespace("custom"))
        .write(
            "apps/custom/b-buoy.yaml",
            """
            apiVersion: sea.example.com/v1
            kind: Buoy
            metadata: {name: north}
            spec: {colour: red}
            """)
        .write(
            "apps/custom/c-definition.yaml",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: buoys.sea.example.com}
            spec:
              group: sea.example.com
              names: {kind: Buoy, listKind: BuoyList, plural: buoys, singular: buoy}
              scope: Namespaced
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema:
                    openAPIV3Schema:
                      type: object
                      properties:
                        spec: {type: object, properties: {colour: {type: string}}}
            """)
        .commit("custom");

    waitFor("custom@store", "ready");

    assertThat(
            store
                .admin()
                .get("/apis/sea.example.com/v1/namespaces/custom/buoys/north")
                .orElseThrow()
                .at("/spec/colour")
                .asText())
        .isEqualTo("red");
  }

  private static void waitFor(String target, String state) {
    TowlineCli.Result waited =
        fleet.cli().run("wait", "target/" + target, "--for", state, "--timeout", "60s");
    assertThat(waited.exitCode()).as("%s%n%s", waited.stdout(), waited.stderr()).isZero();
  }
}
