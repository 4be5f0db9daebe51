package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.Checkout;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
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
  private static final Duration SOON = Duration.ofMinutes(3);

  /** As many versions of a schema as make a definition of some hundred kilobytes. */
  private static final int FIELDS = 3000;

  private static final int DEFINITIONS = 12;

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
        .write("apps/traefik/towline.yaml", Yaml.bundle("traefik", Yaml.EVERYWHERE))
        .write("apps/traefik/namespace.yaml", Yaml.namespace("traefik"));
    copy(inputs.resolve("traefik-crds/crds"), "apps/traefik/crds");
    copy(inputs.resolve("traefik-routes"), "apps/traefik/routes");
    fleet.repository().commit("traefik");

    waitFor("traefik", "failed");

    JsonNode target = fleet.cli().json("get", "targets", "traefik@store").at("/items/0");
    assertThat(target.path("problems")).hasSize(1);
    assertThat(target.at("/problems/0/object/name").asText()).isEqualTo("mytransporttcp");
    assertThat(target.at("/problems/0/reason").asText()).isEqualTo("ApplyFailed");
    assertThat(store.admin().list("/apis/traefik.io/v1alpha1/ingressroutes")).isNotEmpty();
  }

  @Test
  void kubePrometheusArrivesWhole() {
    Path inputs = realInputs();
    fleet
        .repository()
        .write("apps/monitoring/towline.yaml", Yaml.bundle("monitoring", Yaml.EVERYWHERE));
    copy(inputs.resolve("kube-prometheus"), "apps/monitoring/manifests");
    fleet.repository().commit("kube-prometheus");

    String prometheus = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses/k8s";
    Deadline.in(SOON)
        .until(
            "the custom resource has arrived after its definition",
            () -> store.admin().get(prometheus).isPresent());
    JsonNode target =
        KubeClient.json(
                fleet.cli().run("get", "targets", "monitoring@store", "-o", "json").stdout())
            .at("/items/0");
    assertThat(target.path("objects").asInt()).isGreaterThan(100);
    assertThat(target.path("problems").findValuesAsText("reason")).doesNotContain("ApplyFailed");
  }

  @Test
  void largeDefinitionsAndTheirResourcesArriveTogether() {
    fleet
        .repository()
        .write("apps/large/towline.yaml", Yaml.bundle("large", Yaml.EVERYWHERE))
        .write("apps/large/namespace.yaml", Yaml.namespace("large"));
    for (int i = 0; i < DEFINITIONS; i++) {
      fleet
          .repository()
          .write("apps/large/definition-%d.yaml".formatted(i), definition(i))
          .write(
              "apps/large/resource-%d.yaml".formatted(i),
              """
              apiVersion: large.example.com/v1
              kind: Large%d
              metadata: {name: one}
              spec: {field7: "7"}
              """
                  .formatted(i));
    }
    fleet.repository().commit("large");

    waitFor("large", "ready");

    for (int i = 0; i < DEFINITIONS; i++) {
      assertThat(
              store
                  .admin()
                  .get("/apis/large.example.com/v1/namespaces/large/large%ds/one".formatted(i)))
          .isPresent();
    }
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
            + " largeDefinitionsAndTheirResourcesArriveTogether ran)");
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

  private static void waitFor(String bundle, String state) {
    TowlineCli.Result waited =
        fleet.cli().run("wait", "target/" + bundle + "@store", "--for", state, "--timeout", "180s");
    assertThat(waited.exitCode()).as("%s%n%s", waited.stdout(), waited.stderr()).isZero();
  }
}
