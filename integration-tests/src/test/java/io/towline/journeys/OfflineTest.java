package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditLog;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.Folders;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli.Result;
import io.towline.testkit.Workloads;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A cluster without a way to the hub: what it runs is exported, carried and put into a folder. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class OfflineTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String SETTINGS = "/api/v1/namespaces/web/configmaps/settings";
  private static final String SECOND = "/api/v1/namespaces/web/configmaps/second";
  private static final String ISLAND = "island";

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static ControlPlane island;
  private static AgentProcess agent;
  private static Path folder;
  private static int exports;

  @BeforeAll
  static void startAHubAndAClusterThatCannotReachIt() throws IOException {
    fleet = new Fleet(scratch.resolve("fleet"));
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"))
        .write("apps/web/second.yaml", Yaml.configMap("second", "1"))
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "1"))
        .commit("begin");
    fleet.start();
    island = fleet.startCluster(ISLAND, Workloads.KEPT);
    Fleet.welcomeAgent(island.admin());
    folder = Files.createDirectory(scratch.resolve("folder"));
    String token = ok("cluster", "add", ISLAND, "--offline", "-o", "token").stdout().strip();
    agent =
        AgentProcess.in(scratch.resolve("agent"), island.apiServer().kubeconfig(ApiServer.AGENT))
            .withJoinToken(token)
            .withEnvironment("TOWLINE_OFFLINE_DIR", folder.toString())
            .with("towline.offline.interval", "200ms")
            .start();
  }

  @AfterAll
  static void endIt() {
    agent.close();
    island.close();
    fleet.close();
  }

  @Test
  @Order(1)
  void appliesWhatWasCarriedToIt() throws IOException {
    awaitLog("no export lies in");
    carry(export());
    awaitSettings("1");
    awaitLog("bundle=web is Ready");
    assertThat(log()).contains("seal files for this cluster for age1");
    assertThat(ok("get", "targets", "-o", "json").stdout()).contains("\"Carried\"");
  }

  @Test
  @Order(2)
  void correctsDriftThoughNobodyHearsOfIt() {
    island
        .person()
        .patch(SETTINGS, KubeClient.MERGE_PATCH, Map.of("data", Map.of("value", "by hand")));
    awaitLog("a drift was corrected bundle=web object=ConfigMap web/settings");
    awaitSettings("1");
  }

  @Test
  @Order(3)
  void followsASecondExportAndDeletesWhatItListsAlsoWhenOneWasNeverCarried() throws IOException {
    fleet.repository().remove("apps/web/second.yaml");
    change("2");
    export();
    change("3");
    carry(export());
    awaitSettings("3");
    island.admin().awaitGone(SECOND, SOON);
  }

  @Test
  @Order(4)
  void refusesAnExportThatWasTamperedWithAndChangesNothing() throws IOException {
    change("4");
    Path export = export();
    Path body = bodyThatHolds(export, "\"value\":\"4\"");
    String changed = Files.readString(body).replace("\"value\":\"4\"", "\"value\":\"9\"");
    Files.writeString(body, changed);
    AuditLog.Mark before = island.auditLog().mark();

    carry(export);

    awaitLog("reason=ObjectDigestMismatch");
    assertThat(metrics())
        .contains("towline_agent_envelope_refusals_total{reason=\"ObjectDigestMismatch\"}");
    assertThat(settings()).isEqualTo("3");
    assertThat(island.auditLog().writesBy(ApiServer.AGENT, before))
        .filteredOn(write -> !write.namespace().equals(Names.DEFAULT_AGENT_NAMESPACE))
        .isEmpty();
    Files.writeString(folder.resolve(export.relativize(body)), changed.replace("\"9\"", "\"4\""));
    awaitSettings("4");
  }

  @Test
  @Order(5)
  void refusesAnOlderExportAndGoesOnFromDiskWhenTheFolderIsEmpty() throws IOException {
    carry(scratch.resolve("export-1"));
    awaitLog("reason=SequenceRollback");
    assertThat(settings()).isEqualTo("4");
    agent.stop();
    Folders.delete(folder);
    island.admin().delete(SETTINGS);

    agent.start();

    awaitSettings("4");
    assertThat(get("/readyz")).contains("epoch 1, sequence ");
  }

  /** What {@code towline export} writes now. */
  private static Path export() {
    exports++;
    Path export = scratch.resolve("export-" + exports);
    ok("reconcile", "source", Fleet.SOURCE);
    ok("export", ISLAND, "-d", export.toString());
    return export;
  }

  /** Copies an export over the folder as a person does, file by file in the order of names. */
  private static void carry(Path export) throws IOException {
    List<Path> files;
    try (var all = Files.walk(export)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      Path to = folder.resolve(export.relativize(file));
      if (Files.isDirectory(file)) {
        Files.createDirectories(to);
      } else {
        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static Path bodyThatHolds(Path export, String text) throws IOException {
    try (var bodies = Files.list(export.resolve("objects"))) {
      return bodies
          .filter(body -> read(body).contains(text))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no object of the export holds " + text));
    }
  }

  private static void change(String value) {
    fleet
        .repository()
        .write("apps/web/settings.yaml", Yaml.configMap("settings", value))
        .commit("say " + value);
    ok("reconcile", "source", Fleet.SOURCE);
  }

  private static void awaitSettings(String value) {
    island
        .admin()
        .await(SETTINGS, SOON, "is " + value, o -> o.at("/data/value").asText().equals(value));
  }

  private static String settings() {
    return island.admin().get(SETTINGS).orElseThrow().at("/data/value").asText();
  }

  private static void awaitLog(String words) {
    Deadline.in(SOON).until("the agent's log says " + words, () -> log().contains(words));
  }

  private static String log() {
    return read(agent.process().log());
  }

  private static String metrics() {
    return get("/metrics");
  }

  private static String get(String path) {
    URI url = agent.managementUrl().resolve(path);
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Result ok(String... arguments) {
    Result result = fleet.cli().run(arguments);
    assertThat(result.exitCode()).as(result.stderr()).isZero();
    return result;
  }
}
