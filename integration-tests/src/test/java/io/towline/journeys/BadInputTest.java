package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.TowlineCli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong in Git is named with its place and reason, and disturbs nothing else. */
final class BadInputTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    fleet.start();
    store = fleet.addCluster("store", Map.of("env", "prod"));
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  @Test
  void malformedYamlKeepsTheLastGoodRevision() {
    good("malformed");
    fleet
        .repository()
        .write("apps/malformed/settings.yaml", "apiVersion: v1\nkind: ConfigMap\n  metadata: [\n");
    awaitTarget("malformed", "Failed", "ManifestInvalid", "settings.yaml:3");
    assertThat(store.admin().get(settings("malformed")).orElseThrow().at("/data/value").asText())
        .isEqualTo("1");
  }

  @Test
  void anUnknownFieldIsNamedWithItsPlaceAndItsNeighbour() {
    good("misspelt");
    fleet
        .repository()
        .write(
            "apps/misspelt/towline.yaml", Yaml.bundle("misspelt", Yaml.EVERYWHERE, "prun: {}\n"));
    awaitBundle("misspelt", "DeclarationInvalid", "towline.yaml:8:1", "prune");
    assertThat(store.admin().get(settings("misspelt"))).isPresent();
  }

  @Test
  void aFieldThatIsNotHonouredYetIsRefusedWithItsLine() {
    good("early");
    fleet
        .repository()
        .write(
            "apps/early/towline.yaml",
            Yaml.bundle("early", Yaml.EVERYWHERE, "rollout: {maxUnavailable: 2}\n"));
    awaitBundle("early", "NotSupported", "towline.yaml:8", "maxUnavailable");
  }

  @Test
  void anObjectWithAGeneratedNameIsRefusedWithItsPlaceAndWhatToDo() {
    good("generated");
    fleet
        .repository()
        .write(
            "apps/generated/job.yaml",
            """
            apiVersion: batch/v1
            kind: Job
            metadata:
              generateName: migrate-
            """);
    awaitTarget("generated", "Failed", "ManifestInvalid", "job.yaml:4");
    assertThat(
            fleet.cli().json("get", "targets", "generated@store").at("/items/0/message").asText())
        .contains(
            "generateName would make another object at every apply", "give the object a name");
    assertThat(store.admin().list("/apis/batch/v1/namespaces/generated/jobs")).isEmpty();
  }

  @Test
  void anUnknownKindIsReportedAndTheOthersArrive() {
    good("strange");
    fleet
        .repository()
        .write(
            "apps/strange/unknown.yaml",
            """
            apiVersion: nowhere.example.com/v1
            kind: Unicorn
            metadata: {name: one}
            """)
        .write("apps/strange/more.yaml", Yaml.configMap("more", "1"));
    awaitTarget("strange", "Failed", "KindUnknown", "Unicorn");
    assertThat(store.admin().get("/api/v1/namespaces/strange/configmaps/more")).isPresent();
  }

  @Test
  void anObjectThatTheApiServerRefusesIsReportedAndTheOthersArrive() {
    good("refused");
    fleet
        .repository()
        .write(
            "apps/refused/service.yaml",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: nothing}
            spec: {ports: [{port: 99999}]}
            """)
        .write("apps/refused/more.yaml", Yaml.configMap("more", "1"));
    awaitTarget("refused", "Failed", "ApplyFailed", "99999");
    assertThat(store.admin().get("/api/v1/namespaces/refused/configmaps/more")).isPresent();
  }

  @Test
  void aKustomizationThatReachesOutsideIsRefused() {
    good("outside");
    fleet
        .repository()
        .write(
            "apps/outside/kustomization.yaml",
            """
            resources: [namespace.yaml, settings.yaml]
            secretGenerator: [{name: stolen, files: [/etc/passwd]}]
            """);
    awaitTarget("outside", "Failed", "RenderRefused", "kustomization.yaml:2");
    assertThat(store.admin().get(settings("outside"))).isPresent();
  }

  @Test
  void aKustomizationThatReachesOverTheNetworkIsRefusedAndNobodyIsCalled() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    HttpServer canary =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    canary.createContext(
        "/",
        exchange -> {
          calls.incrementAndGet();
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    canary.start();
    try {
      good("remote");
      fleet
          .repository()
          .write(
              "apps/remote/kustomization.yaml",
              "resources: [namespace.yaml, 'http://127.0.0.1:%d/base?ref=main']%n"
                  .formatted(canary.getAddress().getPort()));
      awaitTarget("remote", "Failed", "RenderRefused", "kustomization.yaml:1");
      assertThat(calls).hasValue(0);
    } finally {
      canary.stop(0);
    }
  }

  @Test
  void oneBadBundleDoesNotHoldUpAnother() {
    fleet
        .repository()
        .write("apps/broken/towline.yaml", "kind: [\n")
        .write("apps/sound/towline.yaml", Yaml.bundle("sound", Yaml.EVERYWHERE))
        .write("apps/sound/namespace.yaml", Yaml.namespace("sound"))
        .write("apps/sound/settings.yaml", Yaml.configMap("settings", "1"))
        .commit("one broken, one sound");
    store.admin().await(settings("sound"), SOON, "has arrived", o -> true);
    Deadline.in(SOON)
        .until(
            "the source names the broken file",
            () ->
                fleet
                    .cli()
                    .run("describe", "source", Fleet.SOURCE)
                    .stdout()
                    .contains("apps/broken/towline.yaml:"));
  }

  private static String settings(String bundle) {
    return "/api/v1/namespaces/" + bundle + "/configmaps/settings";
  }

  /** Commits a small bundle and waits until it has arrived. */
  private static void good(String bundle) {
    fleet
        .repository()
        .write("apps/" + bundle + "/towline.yaml", Yaml.bundle(bundle, Yaml.EVERYWHERE))
        .write("apps/" + bundle + "/namespace.yaml", Yaml.namespace(bundle))
        .write("apps/" + bundle + "/settings.yaml", Yaml.configMap("settings", "1"))
        .commit(bundle);
    store.admin().await(settings(bundle), SOON, "has arrived", o -> true);
  }

  /** Commits what was written and waits until the target says so. */
  private static void awaitTarget(String bundle, String status, String reason, String inMessage) {
    fleet.repository().commit("break " + bundle);
    TowlineCli.Result waited =
        fleet
            .cli()
            .run(
                "wait",
                "target/" + bundle + "@store",
                "--for",
                status.toLowerCase(Locale.ROOT),
                "--timeout",
                "60s");
    assertThat(waited.exitCode()).as(waited.stderr()).isZero();
    JsonNode target = fleet.cli().json("get", "targets", bundle + "@store").at("/items/0");
    assertThat(target.path("reason").asText()).isEqualTo(reason);
    assertThat(target.path("message").asText() + target.path("problems")).contains(inMessage);
  }

  private static void awaitBundle(String bundle, String reason, String... inMessage) {
    fleet.repository().commit("break " + bundle);
    Deadline.in(SOON)
        .until(
            bundle + " says " + reason,
            () ->
                fleet
                    .cli()
                    .json("get", "bundles", bundle)
                    .at("/items/0/reason")
                    .asText()
                    .equals(reason));
    JsonNode shown = fleet.cli().json("get", "bundles", bundle).at("/items/0");
    assertThat(shown.path("message").asText()).contains(inMessage);
  }
}
