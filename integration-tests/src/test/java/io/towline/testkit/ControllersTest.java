package io.towline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControllersTest {

  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

  @TempDir private static Path scratch;
  private static ControlPlane cluster;

  @BeforeAll
  static void startACluster() {
    cluster = ControlPlane.start("working", scratch, Workloads.RUN);
  }

  @AfterAll
  static void endIt() {
    cluster.close();
  }

  @Test
  void aDeploymentThatFitsBecomesReady() {
    cluster.admin().create(DEPLOYMENTS, deployment("fits", Map.of()));

    JsonNode settled =
        cluster
            .admin()
            .await(DEPLOYMENTS + "/fits", LONG_ENOUGH, "is rolled out", Conditions::isRolledOut);

    assertThat(settled.at("/status/availableReplicas").asInt()).isEqualTo(2);
    assertThat(Conditions.isTrue(settled, "Available")).isTrue();
  }

  @Test
  void aDeploymentForANodeThatDoesNotExistStaysUnready() {
    cluster.admin().create(DEPLOYMENTS, deployment("fits-nowhere", Map.of("disk", "imaginary")));

    List<JsonNode> pods =
        cluster
            .admin()
            .awaitAll(
                PODS + "?labelSelector=app%3Dfits-nowhere",
                LONG_ENOUGH,
                "both pods were found unschedulable",
                seen -> seen.size() == 2 && seen.stream().allMatch(ControllersTest::fitsNowhere));

    assertThat(pods).noneMatch(Conditions::isReady);
    assertThat(cluster.admin().get(DEPLOYMENTS + "/fits-nowhere"))
        .hasValueSatisfying(deployment -> assertThat(Conditions.isRolledOut(deployment)).isFalse());
  }

  @Test
  void deletingANamespaceTakesWhatIsInItAlong() {
    KubeClient admin = cluster.admin();
    admin.create(
        "/api/v1/namespaces",
        Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", "passing")));
    admin.create(
        "/api/v1/namespaces/passing/configmaps", ApiServerTest.configMap("inside", "a", "b"));

    admin.delete("/api/v1/namespaces/passing");

    admin.awaitGone("/api/v1/namespaces/passing", LONG_ENOUGH);
    assertThat(admin.get("/api/v1/namespaces/passing/configmaps/inside")).isEmpty();
  }

  private static boolean fitsNowhere(JsonNode pod) {
    for (JsonNode condition : pod.at("/status/conditions")) {
      if (condition.path("reason").asText().equals("Unschedulable")) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, Object> deployment(String name, Map<String, String> nodeSelector) {
    Map<String, String> labels = Map.of("app", name);
    return Map.of(
        "apiVersion",
        "apps/v1",
        "kind",
        "Deployment",
        "metadata",
        Map.of("name", name),
        "spec",
        Map.of(
            "replicas",
            2,
            "selector",
            Map.of("matchLabels", labels),
            "template",
            Map.of(
                "metadata",
                Map.of("labels", labels),
                "spec",
                Map.of(
                    "nodeSelector",
                    nodeSelector,
                    "containers",
                    List.of(Map.of("name", "main", "image", "example.invalid/main:1"))))));
  }
}
