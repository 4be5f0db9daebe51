package io.towline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ApiServerTest {

  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private static Path scratch;
  private static Etcd etcd;
  private static ApiServer north;

  @BeforeAll
  static void startOneServer() {
    etcd = Etcd.start(scratch.resolve("etcd"));
    north = ApiServer.start(etcd, "north", scratch.resolve("north"), Workloads.KEPT);
  }

  @AfterAll
  static void endEverything() {
    north.close();
    etcd.close();
  }

  @Test
  void servesWhatWasWrittenAfterAPoliteRestartAndAfterAKill() {
    KubeClient client = north.client(ApiServer.ADMIN);
    client.create(CONFIG_MAPS, configMap("kept", "colour", "blue"));
    String address = north.url();

    north.stop();
    north.start();
    assertThat(client.get(CONFIG_MAPS + "/kept")).isPresent();

    north.kill();
    assertThat(client.isServing()).isFalse();
    north.start();
    assertThat(client.get(CONFIG_MAPS + "/kept"))
        .hasValueSatisfying(
            object -> assertThat(object.at("/data/colour").asText()).isEqualTo("blue"));
    assertThat(north.url()).isEqualTo(address);
  }

  @Test
  void isAClusterOfItsOwnBesideAnotherOnTheSameEtcd() {
    try (ApiServer south =
        ApiServer.start(etcd, "south", scratch.resolve("south"), Workloads.KEPT)) {
      north.client(ApiServer.ADMIN).create(CONFIG_MAPS, configMap("where", "cluster", "north"));
      south.client(ApiServer.ADMIN).create(CONFIG_MAPS, configMap("where", "cluster", "south"));
      south.client(ApiServer.ADMIN).create(CONFIG_MAPS, configMap("south-only", "a", "b"));

      assertThat(clusterSaidBy(north)).isEqualTo("north");
      assertThat(clusterSaidBy(south)).isEqualTo("south");
      assertThat(north.client(ApiServer.ADMIN).get(CONFIG_MAPS + "/south-only")).isEmpty();
    }
  }

  @Test
  void tellsRefusalsFromAbsence() {
    KubeClient client = north.client(ApiServer.ADMIN);

    assertThat(client.get(CONFIG_MAPS + "/nobody-made-this")).isEmpty();
    assertThat(client.delete(CONFIG_MAPS + "/nobody-made-this")).isFalse();
    assertThatExceptionOfType(KubeRefusal.class)
        .isThrownBy(() -> client.create(CONFIG_MAPS, configMap("Not A Name", "a", "b")))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(422));
  }

  @Test
  void appliesWithTheNameOfAFieldManager() {
    KubeClient client = north.client(ApiServer.ADMIN);

    JsonNode applied =
        client.apply(CONFIG_MAPS + "/managed", "towline", configMap("managed", "a", "b"));

    assertThat(applied.at("/metadata/managedFields/0/manager").asText()).isEqualTo("towline");
    assertThat(applied.at("/metadata/managedFields/0/operation").asText()).isEqualTo("Apply");
  }

  @Test
  void aWatchSeesAChangeThatComesLater() {
    KubeClient client = north.client(ApiServer.ADMIN);
    client.create(CONFIG_MAPS, configMap("watched", "step", "1"));

    CompletableFuture<JsonNode> seen =
        CompletableFuture.supplyAsync(
            () -> client.await(CONFIG_MAPS + "/watched", SOON, "reaches step 2", stepIs("2")));
    north
        .auditLog()
        .await(
            AuditLog.Mark.START,
            SOON,
            "a watch on the object",
            event -> event.verb().equals("watch") && event.uri().contains("watched"));
    client.patch(
        CONFIG_MAPS + "/watched", KubeClient.MERGE_PATCH, Map.of("data", Map.of("step", "2")));

    assertThat(seen).succeedsWithin(SOON);
  }

  @Test
  void aWatchGoesOnAfterTheServerWasAway() {
    KubeClient client = north.client(ApiServer.ADMIN);
    client.create(CONFIG_MAPS, configMap("patient", "step", "1"));

    CompletableFuture<JsonNode> seen =
        CompletableFuture.supplyAsync(
            () ->
                client.await(
                    CONFIG_MAPS + "/patient",
                    Duration.ofMinutes(2),
                    "reaches step 2",
                    stepIs("2")));
    north
        .auditLog()
        .await(
            AuditLog.Mark.START,
            SOON,
            "a watch on the object",
            event -> event.verb().equals("watch") && event.uri().contains("patient"));
    north.kill();
    north.start();
    client.patch(
        CONFIG_MAPS + "/patient", KubeClient.MERGE_PATCH, Map.of("data", Map.of("step", "2")));

    assertThat(seen).succeedsWithin(Duration.ofMinutes(2));
  }

  @Test
  void saysWhatWasSeenLastWhenAConditionIsNotMet() {
    KubeClient client = north.client(ApiServer.ADMIN);
    client.create(CONFIG_MAPS, configMap("stuck", "step", "1"));

    assertThatExceptionOfType(NotInTime.class)
        .isThrownBy(
            () ->
                client.await(
                    CONFIG_MAPS + "/stuck", Duration.ofMillis(200), "reaches step 2", stepIs("2")))
        .withMessageContaining("reaches step 2")
        .withMessageContaining("\"step\":\"1\"");
  }

  @Test
  void seesAnObjectGo() {
    KubeClient client = north.client(ApiServer.ADMIN);
    client.create(CONFIG_MAPS, configMap("leaving", "a", "b"));

    assertThat(client.delete(CONFIG_MAPS + "/leaving")).isTrue();

    client.awaitGone(CONFIG_MAPS + "/leaving", SOON);
    assertThat(client.list(CONFIG_MAPS + "?fieldSelector=metadata.name%3Dleaving"))
        .isEqualTo(List.of());
  }

  private static Predicate<JsonNode> stepIs(String step) {
    return object -> object.at("/data/step").asText().equals(step);
  }

  private static String clusterSaidBy(ApiServer server) {
    return server
        .client(ApiServer.ADMIN)
        .get(CONFIG_MAPS + "/where")
        .orElseThrow()
        .at("/data/cluster")
        .asText();
  }

  static Map<String, Object> configMap(String name, String key, String value) {
    return Map.of(
        "apiVersion",
        "v1",
        "kind",
        "ConfigMap",
        "metadata",
        Map.of("name", name),
        "data",
        Map.of(key, value));
  }
}
