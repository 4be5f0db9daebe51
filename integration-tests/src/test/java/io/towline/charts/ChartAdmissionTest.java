package io.towline.charts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Helm;
import io.towline.testkit.KubeClient;
import io.towline.testkit.KubeRefusal;
import io.towline.testkit.Workloads;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real API server takes every object of the charts, in a namespace that enforces the restricted
 * Pod Security Standard. Dry runs with strict validation: nothing is kept. Kinds of other people's
 * definitions, which it does not serve, are not asked about.
 */
final class ChartAdmissionTest {
  private static final String DRY_RUN = "?dryRun=All&fieldValidation=Strict";

  /** The Prometheus operator's and the Gateway API's. */
  private static final Set<String> NOT_SERVED =
      Set.of("ServiceMonitor", "PrometheusRule", "HTTPRoute");

  @TempDir static Path directory;
  private static ControlPlane cluster;

  private final Helm helm = new Helm(directory.resolve("helm"));

  @BeforeAll
  static void start() {
    cluster = ControlPlane.start("charts", directory.resolve("cluster"), Workloads.KEPT);
    for (String namespace : List.of(Rendering.NAMESPACE, "shop", "bank")) {
      cluster
          .admin()
          .create(
              "/api/v1/namespaces",
              Map.of(
                  "apiVersion",
                  "v1",
                  "kind",
                  "Namespace",
                  "metadata",
                  Map.of(
                      "name",
                      namespace,
                      "labels",
                      Map.of("pod-security.kubernetes.io/enforce", "restricted"))));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  static Stream<Rendering> renderings() {
    return Rendering.all();
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void everyObjectIsTaken(Rendering rendering) {
    for (JsonNode object : rendering.objects(helm)) {
      String kind = object.path("kind").asText();
      Optional<String> collection = collectionOf(object);
      if (collection.isEmpty()) {
        assertThat(NOT_SERVED).contains(kind);
      } else {
        JsonNode taken = cluster.admin().create(collection.get() + DRY_RUN, object);
        assertThat(taken.path("kind").asText()).isEqualTo(kind);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void everyPodMeetsTheRestrictedStandard(Rendering rendering) {
    List<ObjectNode> pods = pods(rendering.objects(helm));

    assertThat(pods).isNotEmpty();
    pods.forEach(pod -> create(pod));
  }

  /** Else the test above could not fail. */
  @Test
  void aPodThatDoesNotMeetTheStandardIsRefused() {
    Rendering agent = new Rendering("towline-agent", Optional.empty());
    List<JsonNode> objects =
        agent.objects(helm, "--set", "securityContext.allowPrivilegeEscalation=true");

    assertThatThrownBy(() -> pods(objects).forEach(ChartAdmissionTest::create))
        .isInstanceOf(KubeRefusal.class)
        .hasMessageContaining("allowPrivilegeEscalation");
  }

  private static void create(ObjectNode pod) {
    cluster.admin().create("/api/v1/namespaces/" + Rendering.NAMESPACE + "/pods" + DRY_RUN, pod);
  }

  /** Pods made from the templates of what the chart renders. */
  private static List<ObjectNode> pods(List<JsonNode> objects) {
    return objects.stream()
        .filter(object -> object.at("/spec/template").isObject())
        .map(ChartAdmissionTest::pod)
        .toList();
  }

  private static ObjectNode pod(JsonNode workload) {
    ObjectNode pod = JsonNodeFactory.instance.objectNode();
    pod.put("apiVersion", "v1").put("kind", "Pod");
    pod.setAll((ObjectNode) workload.at("/spec/template").deepCopy());
    pod.withObjectProperty("metadata").put("name", "pod");
    for (JsonNode claim : workload.at("/spec/volumeClaimTemplates")) {
      // As the StatefulSet's controller does.
      String name = claim.at("/metadata/name").asText();
      ObjectNode volume = pod.withObjectProperty("spec").withArrayProperty("volumes").addObject();
      volume.put("name", name).putObject("persistentVolumeClaim").put("claimName", name + "-pod");
    }
    return pod;
  }

  /** Where objects of that kind are created; empty if the server does not serve it. */
  private static Optional<String> collectionOf(JsonNode object) {
    KubeClient admin = cluster.admin();
    String version = object.path("apiVersion").asText();
    String root = (version.contains("/") ? "/apis/" : "/api/") + version;
    String kind = object.path("kind").asText();
    JsonNode served = admin.get(root).orElseGet(JsonNodeFactory.instance::objectNode);
    for (JsonNode resource : served.path("resources")) {
      if (resource.path("kind").asText().equals(kind)
          && !resource.path("name").asText().contains("/")) {
        String namespace = object.at("/metadata/namespace").asText(Rendering.NAMESPACE);
        return Optional.of(
            root
                + (resource.path("namespaced").asBoolean() ? "/namespaces/" + namespace : "")
                + "/"
                + resource.path("name").asText());
      }
    }
    return Optional.empty();
  }
}
