package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Checkout;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inputs of the size and the awkwardness that real projects publish. */
final class LargeInputTest {
  private static final Duration SOON = Duration.ofMinutes(5);

  /** Some fifty kilobytes a definition: together what kube-prometheus has. */
  private static final int FIELDS = 500;

  private static final int DEFINITIONS = 100;

  private static final String STORE = "{names: [store]}";
  private static final System.Logger LOG = System.getLogger(LargeInputTest.class.getName());

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    fleet.start();
    store = fleet.addCluster("store", Map.of());
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  @Test
  void traefiksDefinitionsAndRoutesArriveAndItsOneBadRouteIsNamed() {
    Path inputs = realInputs();
    fleet
        .repository()
        .write("apps/traefik/towline.yaml", Yaml.bundle("traefik", STORE))
        .write("apps/traefik/namespace.yaml", Yaml.namespace("traefik"));
    copy(inputs.resolve("traefik-crds/crds"), "apps/traefik/crds");
    copy(inputs.resolve("traefik-routes"), "apps/traefik/routes");
    AuditLog.Mark before = store.controlPlane().auditLog().mark();
    fleet.repository().commit("traefik");

    waitFor("traefik@store", "failed");

    JsonNode target = fleet.cli().json("get", "targets", "traefik@store").at("/items/0");
    assertThat(target.path("problems")).hasSize(1);
    assertThat(target.at("/problems/0/object/name").asText()).isEqualTo("mytransporttcp");
    assertThat(target.at("/problems/0/reason").asText()).isEqualTo("ApplyFailed");
    assertThat(target.at("/problems/0/message").asText()).contains("field not declared in schema");
    assertEachAppliedOnce(store, before, target.path("objects").asInt() - 1);
    assertThat(store.admin().list("/apis/traefik.io/v1alpha1/ingressroutes")).isNotEmpty();
  }

  @Test
  void kubePrometheusArrivesWhole() {
    Path inputs = realInputs();
    fleet.repository().write("apps/monitoring/towline.yaml", Yaml.bundle("monitoring", STORE));
    copy(inputs.resolve("kube-prometheus"), "apps/monitoring/manifests");
    AuditLog.Mark before = store.controlPlane().auditLog().mark();
    fleet.repository().commit("kube-prometheus");

    // No controller runs here: every object is there, and the workloads stay Progressing.
    JsonNode[] target = new JsonNode[1];
    Deadline.in(SOON)
        .until(
            "every object has arrived",
            () -> {
              target[0] =
                  KubeClient.json(
                          fleet
                              .cli()
                              .run("get", "targets", "monitoring@store", "-o", "json")
                              .stdout())
                      .at("/items/0");
              return target[0].path("status").asText().equals("Progressing")
                  && !target[0].path("appliedRevision").asText().isEmpty();
            });
    assertThat(target[0].path("problems").findValuesAsText("reason")).containsOnly("Progressing");
    assertThat(target[0].path("objects").asInt()).isGreaterThan(100);
    assertEachAppliedOnce(store, before, target[0].path("objects").asInt());
    assertThat(
            store
                .admin()
                .get("/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses/k8s"))
        .isPresent();
  }

  @Test
  void aHundredLargeDefinitionsAndTheirResourcesArriveTogether() {
    FleetCluster large = fleet.addCluster("large", Map.of());
    long empty = large.agent().footprint().peakBytes();
    AuditLog.Mark before = large.controlPlane().auditLog().mark();
    fleet
        .repository()
        .write("apps/large/towline.yaml", Yaml.bundle("large", "{names: [large]}"))
        .write("apps/large/namespace.yaml", Yaml.namespace("large"));
    for (int i = 0; i < DEFINITIONS; i++) {
      fleet
          .repository()
          .write("apps/large/definition-%d.yaml".formatted(i), definition(i))
          .write("apps/large/resource-%d.yaml".formatted(i), resource(i, "field7"));
    }
    fleet.repository().commit("large");

    waitFor("large@large", "ready");

    for (int i = 0; i < DEFINITIONS; i++) {
      assertThat(large.admin().get(resourcePath(i))).isPresent();
    }
    assertEachAppliedOnce(large, before, 2 * DEFINITIONS + 1);
    long peak = large.agent().footprint().peakBytes();
    LOG.log(
        System.Logger.Level.INFO,
        "{0} large definitions: the agent''s peak was {1} MiB, {2} MiB before",
        DEFINITIONS,
        peak >> 20,
        empty >> 20);

    fleet
        .repository()
        .write("apps/large/resource-0.yaml", resource(0, "unheardOf"))
        .write("apps/large/resource-1.yaml", resource(1, "field8"))
        .commit("a field that its definition does not have");
    waitFor("large@large", "failed");

    JsonNode target = fleet.cli().json("get", "targets", "large@large").at("/items/0");
    assertThat(target.path("problems")).hasSize(1);
    assertThat(target.at("/problems/0/object/kind").asText()).isEqualTo("Large0");
    assertThat(target.at("/problems/0/reason").asText()).isEqualTo("ApplyFailed");
    assertThat(target.at("/problems/0/message").asText()).contains("unheardOf");
    assertThat(large.admin().get(resourcePath(1)).orElseThrow().at("/spec/field8").asText())
        .isEqualTo("7");
  }

  private static String resource(int i, String field) {
    return """
    apiVersion: large.example.com/v1
    kind: Large%d
    metadata: {name: one}
    spec: {%s: "7"}
    """
        .formatted(i, field);
  }

  private static String resourcePath(int i) {
    return "/apis/large.example.com/v1/namespaces/large/large%ds/one".formatted(i);
  }

  /** The audit log has one granted write an object, and none of them twice. */
  private static void assertEachAppliedOnce(FleetCluster cluster, AuditLog.Mark since, int count) {
    assertThat(cluster.controlPlane().auditLog().writesBy(ApiServer.AGENT, since))
        .filteredOn(write -> write.granted() && write.verb().equals("patch"))
        .filteredOn(write -> !write.namespace().equals(Names.DEFAULT_AGENT_NAMESPACE))
        .extracting(AuditEvent::uri)
        .doesNotHaveDuplicates()
        .hasSize(count);
  }

  private static String definition(int i) {
    StringBuilder fields = new StringBuilder();
    for (int field = 0; field < FIELDS; field++) {
      fields.append(
          String.format(
              Locale.ROOT,
              "                field%d: {type: string, description: \"Field %d of a definition that is"
                  + " large on purpose.\"}%n",
              field,
              field));
    }
    return """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: large%1$ds.large.example.com}
    spec:
      group: large.example.com
      names: {kind: Large%1$d, listKind: Large%1$dList, plural: large%1$ds, singular: large%1$d}
      scope: Namespaced
      versions:
        - name: v1
          served: true
          storage: true
          schema:
            openAPIV3Schema:
              type: object
              properties:
                spec:
                  type: object
                  properties:
    """
            .formatted(i)
        + fields.toString().indent(4);
  }

  private static Path realInputs() {
    Optional<Path> shared =
        Optional.ofNullable(System.getenv("TOWLINE_SHARED"))
            .map(Path::of)
            .or(() -> Optional.of(Checkout.root().resolveSibling("shared")))
            .map(path -> path.resolve("inputs"))
            .filter(Files::isDirectory);
    assumeTrue(
        shared.isPresent(),
        "real inputs are not here: TOWLINE_SHARED names no folder with inputs/ (the generated twin"
            + " aHundredLargeDefinitionsAndTheirResourcesArriveTogether ran)");
    return shared.orElseThrow();
  }

  /** The manifests alone: the inputs' licences are no objects. */
  private static void copy(Path from, String to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(LargeInputTest::isManifest).toList()) {
        fleet.repository().write(to + "/" + from.relativize(file), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isManifest(Path file) {
    String name = file.toString();
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }

  private static void waitFor(String target, String state) {
    Deadline.in(SOON)
        .until(
            target + " is " + state,
            () ->
                fleet
                        .cli()
                        .run("wait", "target/" + target, "--for", state, "--timeout", "60s")
                        .exitCode()
                    == 0);
  }
}
