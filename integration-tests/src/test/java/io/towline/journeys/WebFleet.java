package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.TowlineCli;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A fleet of one cluster, {@code store}, that is Ready with one bundle, {@code web}, whose config
 * map {@code settings} holds one value. Heartbeats are short, so that an outage shows soon.
 */
final class WebFleet implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(90);

  private final Fleet fleet;
  private final FleetCluster store;

  WebFleet(Path directory) {
    this(directory, Map.of());
  }

  /** With more settings of the hub. */
  WebFleet(Path directory, Map<String, String> settings) {
    fleet = new Fleet(directory);
    settings.forEach(fleet.hub()::with);
    fleet.hub().with("towline.agents.heartbeat-interval", "PT1S");
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"));
    declare("declared");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    waitFor("ready");
  }

  Fleet fleet() {
    return fleet;
  }

  FleetCluster store() {
    return store;
  }

  /** Commits another value. */
  void declare(String value) {
    fleet
        .repository()
        .write("apps/web/settings.yaml", Yaml.configMap("settings", value))
        .commit(value);
  }

  /** Waits until the cluster has a value. */
  void awaitValue(String value) {
    awaitValue(store, "web", value);
  }

  /** Waits until the settings of a bundle on a cluster have a value. */
  static void awaitValue(FleetCluster cluster, String bundle, String value) {
    cluster
        .admin()
        .await(
            "/api/v1/namespaces/" + bundle + "/configmaps/settings",
            SOON,
            "is " + value,
            o -> o.at("/data/value").asText().equals(value));
  }

  /** Waits until the target is in a state, as {@code towline wait} says. */
  void waitFor(String state) {
    TowlineCli.Result waited =
        fleet.cli().run("wait", "target/web@store", "--for", state, "--timeout", "90s");
    assertThat(waited.exitCode()).as("%s%n%s", waited.stdout(), waited.stderr()).isZero();
  }

  @Override
  public void close() {
    fleet.close();
  }
}
