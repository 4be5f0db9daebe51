package io.towline.hub.store;

import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Rows of a fleet as the writing side leaves them, for tests of the reading side. */
public final class FleetSeed {
  private final FleetFixture fixture;

  public FleetSeed(FleetFixture fixture) {
    this.fixture = fixture;
  }

  /** A source that was taken over well. */
  public void source(String name) {
    fixture.sql(
        "insert into source (name, url, ref, commit_id, last_attempt_at, last_success_at)"
            + " values (?, 'https://git.example/fleet', 'main', ?, ?, ?)",
        name,
        "c".repeat(40),
        FleetFixture.NOW,
        FleetFixture.NOW);
  }

  public void bundle(String name, String source, String labels) {
    fixture.sql(
        "insert into bundle (name, source, path, commit_id, revision, labels, declared, updated_at)"
            + " values (?, ?, ?, ?, 'cccccccccccc', ?, true, ?)",
        name,
        source,
        "apps/" + name,
        "c".repeat(40),
        labels,
        FleetFixture.NOW);
  }

  public void target(String bundle, KnownCluster cluster, Status status, String reason) {
    target(bundle, cluster, status, reason, FleetFixture.NOW);
  }

  public void target(
      String bundle, KnownCluster cluster, Status status, String reason, Instant observedAt) {
    fixture.sql(
        "insert into target (bundle, cluster_id, matched_target, matched_overrides, desired_commit,"
            + " desired_revision, desired_size, source, repo, ref, path, signer, tools,"
            + " desired_since, sequence, removing, applied_revision, problems, objects,"
            + " objects_current, observed_at, status, reason, message, changed_at)"
            + " values (?, ?, 'all', '[\"eu\"]', ?, 'cccccccccccc', 10, 'apps', 'r', 'main', 'p',"
            + " '', '[]', ?, 3, false, 'bbbbbbbbbbbb',"
            + " '[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"namespace\":\"n\",\"name\":\"p\","
            + "\"reason\":\"r\",\"message\":\"m\"}]',"
            + " 4, 3, ?, ?, ?, 'as the agent says', ?)",
        bundle,
        cluster.id(),
        "c".repeat(40),
        FleetFixture.NOW,
        observedAt,
        status.word(),
        Optional.of(reason).filter(word -> !word.isEmpty()),
        FleetFixture.NOW);
    changed("target", "bundles/" + bundle + "/targets/" + cluster.name());
  }

  /** Gives a target another status. */
  public void status(String bundle, KnownCluster cluster, Status status, String reason) {
    fixture.sql(
        "update target set status = ?, reason = ? where bundle = ? and cluster_id = ?",
        status.word(),
        Optional.of(reason).filter(word -> !word.isEmpty()),
        bundle,
        cluster.id());
    changed("target", "bundles/" + bundle + "/targets/" + cluster.name());
  }

  public void connection(KnownCluster cluster, String connection, Instant lastSeen) {
    fixture.sql(
        "update cluster set connection = ?, last_seen_at = ? where id = ?",
        connection,
        lastSeen,
        cluster.id());
    changed("cluster", "clusters/" + cluster.name());
  }

  public void drift(String bundle, KnownCluster cluster, String id, String action, Instant at) {
    fixture.sql(
        "insert into drift (cluster_id, id, bundle, api_version, kind, namespace, name, operation,"
            + " manager, fields, changed_at, observed_at, action, message) values (?, ?, ?, 'v1',"
            + " 'ConfigMap', 'n', 'c', 'Update', 'kubectl-edit',"
            + " '[{\"path\":\"/data/a\",\"old\":\"1\",\"new\":\"2\"}]', ?, ?, ?, '')",
        cluster.id(),
        id,
        bundle,
        at,
        at,
        action);
  }

  public void event(String id, KnownCluster cluster, String bundle, String type, Instant at) {
    fixture.sql(
        "insert into event (id, origin, cluster_id, type, reason, action, bundle, api_version,"
            + " kind, namespace, name, message, at) values (?, 'agent', ?, ?, 'ApplyFailed',"
            + " 'Apply', ?, '', '', '', '', 'm', ?)",
        id,
        cluster.id(),
        type,
        bundle,
        at);
  }

  /** Notes a change and wakes whoever watches. */
  public void changed(String type, String name) {
    fixture.sql(
        "insert into change (type, name, at) values (?, ?, ?)", type, name, FleetFixture.NOW);
    fixture.changes.announce(Changes.Topic.FLEET);
  }

  /** Drops changes, as the writing side does with old ones. */
  public void trimChanges(long upTo) {
    fixture.sql("delete from change where id <= ?", upTo);
  }

  /** A fleet of so many clusters with one bundle each on all of them; all Ready and online. */
  public Map<String, KnownCluster> clusters(int count) {
    Map<String, KnownCluster> clusters = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = String.format("store-%04d", i);
      KnownCluster cluster =
          fixture.cluster(name, Map.of("region", i % 2 == 0 ? "eu" : "us", "n_1", "x"));
      connection(cluster, "ONLINE", FleetFixture.NOW.minusSeconds(i));
      clusters.put(name, cluster);
    }
    return clusters;
  }
}
