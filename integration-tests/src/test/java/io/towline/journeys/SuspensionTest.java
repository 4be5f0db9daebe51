package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person suspends is left alone, told about, and goes on when it is resumed or ends. */
final class SuspensionTest {
  private static final String SETTINGS = "/api/v1/namespaces/web/configmaps/settings";

  @TempDir private Path scratch;
  private WebFleet web;
  private Fleet fleet;
  private FleetCluster store;

  @BeforeEach
  void startAFleet() {
    web = new WebFleet(scratch);
    fleet = web.fleet();
    store = web.store();
  }

  @AfterEach
  void endIt() {
    web.close();
  }

  private void edit(String value) {
    store
        .person()
        .patch(
            SETTINGS + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("data", Map.of("value", value)));
  }

  private String value() {
    return store.admin().get(SETTINGS).orElseThrow().at("/data/value").asText();
  }

  @Test
  void aSuspendedTargetIsAPersonsUntilItIsResumedAndTheOthersGoOn() {
    fleet
        .cli()
        .answer("suspend", "target", "web@store", "--reason", "looking at a leak", "--by", "kim");
    web.waitFor("suspended");
    edit("edited");
    Deadline.in(WebFleet.SOON)
        .until(
            "the edit is reported",
            () -> fleet.cli().run("drift", "web@store").stdout().contains("edited"));
    fleet
        .repository()
        .write("apps/other/towline.yaml", Yaml.bundle("other", Yaml.EVERYWHERE))
        .write("apps/other/namespace.yaml", Yaml.namespace("other"))
        .write("apps/other/settings.yaml", Yaml.configMap("settings", "another"));
    web.declare("newer");
    WebFleet.awaitValue(store, "other", "another");

    assertThat(value()).isEqualTo("edited");
    assertThat(fleet.cli().answer("describe", "target", "web@store"))
        .contains("Suspended", "kim", "looking at a leak");
    assertThat(fleet.cli().answer("get", "targets", "--status", "suspended")).contains("web@store");
    TowlineCli.Result reconciled = fleet.cli().run("reconcile", "target", "web@store");
    assertThat(reconciled.exitCode()).as(reconciled.stderr()).isEqualTo(6);

    TowlineCli.Result resumed = fleet.cli().run("resume", "target", "web@store");

    assertThat(resumed.exitCode()).isZero();
    assertThat(resumed.stdout() + resumed.stderr()).contains("settings", "edited", "goes on");
    web.awaitValue("newer");
    web.waitFor("ready");
  }

  @Test
  void itEndsAtItsTimeInTheClusterThoughTheAgentRestartedAndTheHubIsAway() {
    Instant end = Instant.now().plusSeconds(40);
    fleet.cli().answer("suspend", "cluster", "store", "--reason", "new disks", "--for", "40s");
    web.waitFor("suspended");
    fleet.hub().kill();
    store.agent().kill();
    store.agent().start();
    edit("edited");

    web.awaitValue("declared");

    assertThat(Instant.now()).isAfter(end.minusSeconds(2));
    fleet.hub().start();
    web.waitFor("ready");
  }
}
