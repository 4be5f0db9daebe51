package io.towline.hub.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.store.Clusters.GitLabels;
import io.towline.vocabulary.Connection;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClustersTest {
  private static final Duration LATE = Duration.ofSeconds(60);
  private static final Duration OFFLINE = Duration.ofSeconds(150);

  @TempDir Path data;
  private StoreFixture store;

  @BeforeEach
  void open() {
    store = new StoreFixture(data);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void registeringANameAgainKeepsTheIdentityAndReplacesTheLabels() {
    KnownCluster before = store.clusters.register("alpha", Map.of("a", "1"));

    KnownCluster after = store.clusters.register("alpha", Map.of("b", "2"));

    assertThat(after).isEqualTo(before);
    assertThat(store.clusters.named("alpha")).contains(after);
    assertThat(store.clusters.all())
        .singleElement()
        .satisfies(cluster -> assertThat(cluster.labels()).containsExactly(Map.entry("b", "2")));
  }

  @Test
  void aRemovedClusterLeavesItsIdBehindAndItsNameFree() {
    KnownCluster removed = store.cluster("alpha");
    store.publish(removed, 1, StoreFixture.plan(store.render("web", "a")));

    store.clusters.remove(removed);
    store.clusters.remove(removed);

    assertThat(store.clusters.all()).isEmpty();
    assertThat(store.count("target")).isZero();
    assertThat(store.count("envelope")).isZero();
    assertThat(store.enrollments.isRemoved(removed.id())).isTrue();
    assertThat(store.changed()).contains("clusters/alpha", "bundles/web/targets/alpha");
    KnownCluster next = store.cluster("alpha");
    assertThat(next.id()).isNotEqualTo(removed.id());
    assertThat(store.enrollments.isRemoved(next.id())).isFalse();
  }

  @Test
  void labelsOfAClusterFileReplaceThoseOfTheRegistrationWhileItExists() {
    store.clusters.register("alpha", Map.of("a", "1", "b", "2"));

    assertThat(store.clusters.declare(Map.of("alpha", git("b", "3")), Set.of())).isTrue();
    assertThat(labels("alpha")).containsExactly(Map.entry("b", "3"));
    assertThat(store.clusters.declare(Map.of("alpha", git("b", "3")), Set.of())).isFalse();

    assertThat(store.clusters.declare(Map.of(), Set.of("alpha"))).isFalse();
    assertThat(labels("alpha")).containsExactly(Map.entry("b", "3"));

    assertThat(store.clusters.declare(Map.of(), Set.of())).isTrue();
    assertThat(labels("alpha")).containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
  }

  @Test
  void aFileForAnUnknownClusterChangesNothing() {
    assertThat(store.clusters.declare(Map.of("nobody", git("a", "1")), Set.of())).isFalse();
  }

  @Test
  void aSilentClusterIsLateThenOfflineAndComesBackWithItsFirstWord() {
    KnownCluster cluster = store.cluster("alpha");
    Instant start = store.instant();
    assertThat(connection()).isEqualTo(Connection.PENDING);
    heard(cluster);
    assertThat(connection()).isEqualTo(Connection.ONLINE);

    store.advance(LATE.plusSeconds(1));
    assertThat(sweep(start)).isEqualTo(1);
    assertThat(connection()).isEqualTo(Connection.LATE);
    assertThat(sweep(start)).isZero();
    store.advance(OFFLINE.minus(LATE));
    assertThat(sweep(start)).isEqualTo(1);
    assertThat(connection()).isEqualTo(Connection.OFFLINE);
    store.advance(Duration.ofDays(1));
    assertThat(sweep(start)).isZero();

    heard(cluster);
    assertThat(connection()).isEqualTo(Connection.ONLINE);
    assertThat(store.count("event")).isEqualTo(2);
  }

  @Test
  void aClusterThatNeverCalledStaysPending() {
    store.cluster("alpha");
    Instant start = store.instant();
    store.advance(Duration.ofDays(2));

    assertThat(sweep(start)).isZero();
    assertThat(connection()).isEqualTo(Connection.PENDING);
  }

  @Test
  void aHubThatWasAwayBlamesNoCluster() {
    KnownCluster cluster = store.cluster("alpha");
    heard(cluster);
    store.advance(Duration.ofDays(1));
    Instant restart = store.instant();

    assertThat(sweep(restart)).isZero();
    store.advance(LATE);
    assertThat(sweep(restart)).isZero();
    store.advance(Duration.ofSeconds(1));
    assertThat(sweep(restart)).isEqualTo(1);
  }

  @Test
  void aHeartbeatThatSaysNothingNewWakesNobody() {
    KnownCluster cluster = store.cluster("alpha");
    heard(cluster);
    store.forgetChanges();

    heard(cluster);

    assertThat(store.changed()).isEmpty();
    assertThat(store.announced).isEmpty();
  }

  private int sweep(Instant since) {
    return store.contacts.sweep(store.instant(), since, LATE, OFFLINE);
  }

  private void heard(KnownCluster cluster) {
    store.contacts.heard(cluster, store.instant(), Optional.empty(), Optional.empty());
  }

  private Connection connection() {
    return store.database.inTransaction(
        c ->
            Sql.one(c, "select connection from cluster", r -> Connection.valueOf(r.getString(1)))
                .orElseThrow());
  }

  private Map<String, String> labels(String name) {
    return store.clusters.all().stream()
        .filter(cluster -> cluster.name().equals(name))
        .findFirst()
        .orElseThrow()
        .labels();
  }

  private static GitLabels git(String key, String value) {
    return new GitLabels(Map.of(key, value), Map.of());
  }
}
