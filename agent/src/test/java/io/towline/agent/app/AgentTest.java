package io.towline.agent.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.Pace;
import io.towline.agent.apply.TestConfig;
import io.towline.agent.enroll.AgentConfig;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.SealConfig;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.agent.observe.ObserveConfig;
import io.towline.agent.stream.Exported;
import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FakeHub;
import io.towline.agent.stream.OfflineConfig;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.verify.AgentUnderTest;
import io.towline.agent.verify.GuardConfig;
import io.towline.envelope.AgentToken;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.OfflineToken;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent, between a hub that signs and a real API server. */
@ExtendWith(WithCluster.class)
class AgentTest {
  private static final String SECRET = "/secrets/" + SecretTrustMirror.NAME;

  @TempDir Path directory;
  private final TestCluster cluster;
  private final FakeFleet fleet = new FakeFleet();
  private final String bundle = "web-" + UUID.randomUUID().toString().substring(0, 8);
  private final String home = "home-" + UUID.randomUUID().toString().substring(0, 8);
  private FakeHub hub;
  private String token;
  private Map<String, String> offline = Map.of();

  AgentTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void startTheHub() throws Exception {
    FakeAuthority tls = new FakeAuthority();
    hub = new FakeHub(fleet, tls, 0);
    token = fleet.token(hub.address(), tls.pin()).encode();
    for (String namespace : new String[] {bundle, home}) {
      cluster.post(
          "/api/v1/namespaces",
          """
          {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"%s"}}
          """
              .formatted(namespace));
    }
  }

  @AfterEach
  void stopTheHub() throws Exception {
    hub.close();
  }

  @Test
  void appliesWhatItVerifiedAndGoesOnFromDiskWhenTheHubIsGone() throws Exception {
    hub.publish(fleet.draft(3, fleet.bundle(bundle, 2, i -> "one")).seal());
    Agent agent = started();
    awaitItem(item -> item.getTarget().getStatus().equals(Status.READY.word()));
    assertThat(cluster.get(object("o-0001")).path("data").path("k").asText()).isEqualTo("one");
    agent.stop();
    assertThat(cluster.code("/api/v1/namespaces/" + home + SECRET)).isEqualTo(200);
    hub.close();
    cluster.delete(object("o-0001"));

    Agent again = started();
    awaitThere(object("o-0001"));
    assertThat(again.isLoaded()).isTrue();
    again.stop();
  }

  @Test
  void appliesWhatACarriedExportHoldsWithoutAnyHub() throws Exception {
    token = offlineToken();
    BundleManifest one = fleet.bundle(bundle, 2, i -> "one");
    Exported export = new Exported(fleet, directory.resolve("export"));
    offline = Map.of("towline.offline.dir", export.folder().toString());
    export.write(fleet.draft(3, one).seal(), one);
    Agent agent = started();
    awaitThere(object("o-0001"));
    assertThat(hub.calls).isEmpty();
    agent.stop();
  }

  @Test
  void doesNotStartWithAnOfflineTokenAndNoFolder() {
    token = offlineToken();
    assertThatThrownBy(this::started)
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("TOWLINE_OFFLINE_DIR");
  }

  private String offlineToken() {
    return new OfflineToken(
            fleet.fleet, fleet.cluster, "store-0107", AgentToken.parse(token).root())
        .encode();
  }

  @Test
  void refusesEverythingAndTouchesNothingOnceItsTrustIsLost() throws Exception {
    hub.publish(fleet.draft(3, fleet.bundle(bundle, 1, i -> "one")).seal());
    Agent agent = started();
    awaitItem(item -> item.getTarget().getStatus().equals(Status.READY.word()));
    agent.stop();
    Files.delete(directory.resolve("state/trust"));
    cluster.delete("/api/v1/namespaces/" + home + SECRET);
    hub.batches.clear();
    hub.publish(fleet.draft(4, fleet.bundle(bundle, 1, i -> "two")).seal());

    Agent lost = started();
    ReportItem verdict =
        awaitItem(item -> item.hasVerdict() && item.getVerdict().getPosition().getSequence() == 4);
    assertThat(verdict.getVerdict().getReason()).isEqualTo(Reason.TRUST_STATE_LOST.word());
    assertThat(lost.isLoaded()).isFalse();
    assertThat(lost.lostTrust()).isPresent();
    assertThat(cluster.get(object("o-0000")).path("data").path("k").asText()).isEqualTo("one");
    lost.stop();
  }

  @Test
  void blocksTheBundleThatReachesIntoItsOwnNamespaceAndAppliesTheOther() throws Exception {
    hub.publish(
        fleet
            .draft(1, fleet.bundle(home, 1, i -> "mine"), fleet.bundle(bundle, 1, i -> "fine"))
            .seal());
    Agent agent = started();
    ReportItem blocked = awaitItem(item -> item.getTarget().getBundle().equals(home));
    assertThat(blocked.getTarget().getStatus()).isEqualTo(Status.BLOCKED.word());
    assertThat(blocked.getTarget().getReason()).isEqualTo(Reason.GUARD_RAIL.word());
    awaitItem(
        item ->
            item.getTarget().getBundle().equals(bundle)
                && item.getTarget().getStatus().equals(Status.READY.word()));
    assertThat(cluster.code("/api/v1/namespaces/" + home + "/configmaps/o-0000")).isEqualTo(404);
    agent.stop();
  }

  private void awaitThere(String path) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (cluster.code(path) != 200) {
      assertThat(System.nanoTime()).as(path + " comes back").isLessThan(end);
      Thread.sleep(50);
    }
  }

  private String object(String name) {
    return "/api/v1/namespaces/" + bundle + "/configmaps/" + name;
  }

  private Agent started() throws Exception {
    Map<String, String> settings = Map.of("towline.apply.kubeconfig", "" + cluster.kubeconfig());
    Agent agent =
        new Agent(
            new Agent.Config(
                new OwnConfig(),
                TestConfig.of(SealConfig.class, Map.of()),
                AgentUnderTest.FAST,
                TestConfig.of(OfflineConfig.class, offline),
                TestConfig.of(GuardConfig.class, Map.of()),
                TestConfig.of(ApplyConfig.class, settings),
                TestConfig.of(ObserveConfig.class, Map.of())),
            "test",
            new AgentMetrics(new SimpleMeterRegistry(), "test"),
            () -> FakeFleet.NOW,
            Pace.real());
    agent.start();
    return agent;
  }

  private ReportItem awaitItem(Predicate<ReportItem> wanted) throws InterruptedException {
    while (true) {
      ReportBatch batch = hub.batches.poll(60, TimeUnit.SECONDS);
      assertThat(batch).as("a report with what the test waits for").isNotNull();
      Optional<ReportItem> found = batch.getItemsList().stream().filter(wanted).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
    }
  }

  private final class OwnConfig implements AgentConfig {
    @Override
    public Optional<String> joinToken() {
      return Optional.of(token);
    }

    @Override
    public Optional<Path> joinTokenFile() {
      return Optional.empty();
    }

    @Override
    public Path stateDir() {
      return directory.resolve("state");
    }

    @Override
    public String namespace() {
      return home;
    }

    @Override
    public Optional<String> clusterName() {
      return Optional.empty();
    }

    @Override
    public Optional<String> clusterLabels() {
      return Optional.empty();
    }
  }
}
