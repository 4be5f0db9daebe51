package io.towline.hub.store;

import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Reason;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The registered clusters: their names and the labels that count, which are the ones of their
 * Cluster file, or those given at registration where there is none. Thread-safe.
 */
public final class Clusters {
  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Clusters(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /** What a Cluster file says. */
  public record GitLabels(Map<String, String> labels, Map<String, String> variables) {
    public GitLabels {
      labels = Map.copyOf(labels);
      variables = Map.copyOf(variables);
    }
  }

  /**
   * Registers a cluster, or gives a registered one new labels.
   *
   * @param name unique in the fleet
   */
  public KnownCluster register(String name, Map<String, String> labels) {
    Instant now = clock.instant();
    KnownCluster cluster =
        database.inTransaction(
            connection -> {
              String json = Json.write(new TreeMap<>(labels));
              Optional<UUID> known =
                  Sql.one(
                      connection,
                      "select id from cluster where name = ? for update",
                      row -> row.getObject(1, UUID.class),
                      name);
              KnownCluster registered = new KnownCluster(known.orElseGet(UUID::randomUUID), name);
              if (known.isPresent()) {
                Sql.update(
                    connection,
                    "update cluster set registered_labels = ? where id = ?",
                    json,
                    registered.id());
                refreshLabels(connection, registered.id());
              } else if (!insert(connection, registered, labels, now)) {
                throw new StoreException(name + " was registered at the same moment", null);
              }
              List<Changed> changed = new ArrayList<>(List.of(Changed.cluster(name)));
              targetsOf(connection, registered, changed);
              ChangeLog.append(connection, changed, now);
              return registered;
            });
    changes.announce(Changes.Topic.CLUSTERS);
    changes.announce(Changes.Topic.FLEET);
    return cluster;
  }

  /** Adds a cluster that has never called; does nothing if there is one of that name. */
  static boolean insert(
      java.sql.Connection connection, KnownCluster cluster, Map<String, String> labels, Instant now)
      throws SQLException {
    int added =
        Sql.update(
            connection,
            "insert into cluster (id, name, registered_labels, variables,"
                + " created_at, connection, next_sequence, held_epoch,"
                + " held_sequence, report_incarnation, report_number)"
                + " values (?, ?, ?, '{}', ?, ?, 1, 0, 0, 0, 0) on conflict do nothing",
            cluster.id(),
            cluster.name(),
            Json.write(new TreeMap<>(labels)),
            now,
            Connection.PENDING);
    if (added == 1) {
      refreshLabels(connection, cluster.id());
    }
    return added == 1;
  }

  static KnownCluster known(ResultSet row) throws SQLException {
    return new KnownCluster(row.getObject("id", UUID.class), row.getString("name"));
  }

  /** A cluster by its name; empty if there is none. */
  public Optional<KnownCluster> named(String name) {
    return database.inTransaction(
        connection ->
            Sql.one(
                connection, "select id, name from cluster where name = ?", Clusters::known, name));
  }

  /** Why clusters are held back, by their ids; those that are not are left out. */
  public Map<UUID, String> cordons() {
    return database.inTransaction(
        connection -> {
          Map<UUID, String> cordons = new HashMap<>();
          Sql.list(
                  connection,
                  "select id, cordon from cluster where cordon is not null",
                  row -> Map.entry(row.getObject(1, UUID.class), row.getString(2)))
              .forEach(entry -> cordons.put(entry.getKey(), entry.getValue()));
          return cordons;
        });
  }

  /** The ids of those whose agents never call. */
  public Set<UUID> offline() {
    return database.inTransaction(
        connection ->
            Set.copyOf(
                Sql.list(
                    connection,
                    "select id from cluster where offline",
                    row -> row.getObject(1, UUID.class))));
  }

  /**
   * Holds a cluster back, or lets it go on. Idempotent.
   *
   * @param why for people, may be empty text; empty: it goes on
   */
  public void cordon(KnownCluster cluster, Optional<String> why) {
    Instant now = clock.instant();
    database.inTransaction(
        connection -> {
          Sql.update(connection, "update cluster set cordon = ? where id = ?", why, cluster.id());
          ChangeLog.append(connection, List.of(Changed.cluster(cluster.name())), now);
          return true;
        });
    changes.announce(Changes.Topic.CLUSTERS);
    changes.announce(Changes.Topic.FLEET);
  }

  /**
   * Forgets a cluster and all that was published for it and reported of it, at once and without
   * asking it; what is left is that this id was removed. Nothing in the cluster changes.
   */
  public void remove(KnownCluster cluster) {
    forget(cluster, false);
  }

  /**
   * As {@link #remove}, for a cluster that waits to be accepted and for no other.
   *
   * @return whether it waited
   */
  public boolean reject(KnownCluster cluster) {
    return forget(cluster, true);
  }

  private boolean forget(KnownCluster cluster, boolean waitingOnly) {
    Instant now = clock.instant();
    boolean forgotten =
        database.inTransaction(
            connection -> {
              if (waitingOnly && !waits(connection, cluster)) {
                return false;
              }
              List<Changed> changed = new ArrayList<>();
              forget(connection, cluster, now, changed);
              ChangeLog.append(connection, changed, now);
              return true;
            });
    if (forgotten) {
      changes.announce(Changes.Topic.CLUSTERS);
      changes.announce(Changes.Topic.FLEET);
    }
    return forgotten;
  }

  private static boolean waits(java.sql.Connection connection, KnownCluster cluster)
      throws SQLException {
    return Sql.one(
            connection,
            "select waits from cluster where id = ? for update",
            row -> row.getBoolean("waits"),
            cluster.id())
        .orElse(false);
  }

  static void forget(
      java.sql.Connection connection, KnownCluster cluster, Instant now, List<Changed> changed)
      throws SQLException {
    Sql.update(
        connection,
        "insert into removed_cluster (id, name, removed_at) values (?, ?, ?)"
            + " on conflict do nothing",
        cluster.id(),
        cluster.name(),
        now);
    changed.add(Changed.cluster(cluster.name()));
    targetsOf(connection, cluster, changed);
    Sql.update(connection, "delete from cluster where id = ?", cluster.id());
    Events.insert(
            connection,
            Events.Event.ofHub(
                Optional.empty(),
                false,
                Reason.CLUSTER_REMOVED,
                "Remove",
                "",
                "The cluster " + cluster.name() + " was removed.",
                now))
        .ifPresent(changed::add);
  }

  /**
   * All clusters that are let in, with the labels that count, in the order of their names. One that
   * waits to be accepted is not among them: nothing is made for it.
   */
  public List<ClusterFacts> all() {
    return database.inTransaction(
        connection -> {
          Map<UUID, Map<String, String>> labels = new HashMap<>();
          Sql.list(
              connection,
              "select cluster_id, label_key, label_value from cluster_label",
              row ->
                  labels
                      .computeIfAbsent(row.getObject(1, UUID.class), id -> new HashMap<>())
                      .put(row.getString(2), row.getString(3)));
          return Sql.list(
              connection,
              "select id, name from cluster where not waits order by name",
              row -> {
                UUID id = row.getObject(1, UUID.class);
                return new ClusterFacts(id, row.getString(2), labels.getOrDefault(id, Map.of()));
              });
        });
  }

  /** As {@link #all}, with the labels of their registration. */
  public List<ClusterFacts> registered() {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select id, name, registered_labels from cluster where not waits order by name",
                row ->
                    new ClusterFacts(
                        row.getObject("id", UUID.class),
                        row.getString("name"),
                        Json.map(row.getString("registered_labels")))));
  }

  /**
   * Takes over what Cluster files say; a file for a cluster that is not registered changes nothing.
   * A cluster without a file gets back its registered labels.
   *
   * @param declared by cluster name
   * @param kept names of clusters that keep what they have, since their file cannot be read
   * @return whether labels or variables of any cluster changed
   */
  public boolean declare(Map<String, GitLabels> declared, Set<String> kept) {
    Instant now = clock.instant();
    boolean changed =
        database.inTransaction(
            connection -> {
              List<Changed> rows = new ArrayList<>();
              for (Declared row : declaredNow(connection)) {
                Optional<GitLabels> file = Optional.ofNullable(declared.get(row.cluster().name()));
                if (kept.contains(row.cluster().name())) {
                  continue;
                }
                Declared wanted = Declared.of(row.cluster(), file);
                if (wanted.equals(row)) {
                  continue;
                }
                Sql.update(
                    connection,
                    "update cluster set git_labels = ?, variables = ? where id = ?",
                    wanted.labels(),
                    wanted.variables(),
                    row.cluster().id());
                refreshLabels(connection, row.cluster().id());
                rows.add(Changed.cluster(row.cluster().name()));
                targetsOf(connection, row.cluster(), rows);
              }
              ChangeLog.append(connection, rows, now);
              return !rows.isEmpty();
            });
    if (changed) {
      changes.announce(Changes.Topic.FLEET);
    }
    return changed;
  }

  private record Declared(KnownCluster cluster, Optional<String> labels, String variables) {
    static Declared of(KnownCluster cluster, Optional<GitLabels> file) {
      return new Declared(
          cluster,
          file.map(labels -> Json.write(new TreeMap<>(labels.labels()))),
          Json.write(new TreeMap<>(file.map(GitLabels::variables).orElse(Map.of()))));
    }
  }

  private static List<Declared> declaredNow(java.sql.Connection connection) throws SQLException {
    return Sql.list(
        connection,
        "select id, name, git_labels, variables from cluster",
        row ->
            new Declared(
                new KnownCluster(row.getObject("id", UUID.class), row.getString("name")),
                Sql.optionalText(row, "git_labels"),
                row.getString("variables")));
  }

  /** Writes the labels that count to their rows. */
  private static void refreshLabels(java.sql.Connection connection, UUID id) throws SQLException {
    SortedMap<String, String> labels =
        Sql.one(
                connection,
                "select coalesce(git_labels, registered_labels) from cluster where id = ?",
                row -> Json.map(row.getString(1)),
                id)
            .orElseGet(TreeMap::new);
    Sql.update(connection, "delete from cluster_label where cluster_id = ?", id);
    List<@Nullable Object[]> rows = new ArrayList<>();
    labels.forEach((key, value) -> rows.add(new @Nullable Object[] {id, key, value}));
    Sql.batch(
        connection,
        "insert into cluster_label (cluster_id, label_key, label_value) values (?, ?, ?)",
        rows);
  }

  /** Adds the targets of a cluster to what changed: they show its labels and its connection. */
  static void targetsOf(java.sql.Connection connection, KnownCluster cluster, List<Changed> changed)
      throws SQLException {
    for (String bundle :
        Sql.list(
            connection,
            "select bundle from target where cluster_id = ?",
            row -> row.getString(1),
            cluster.id())) {
      changed.add(Changed.target(bundle, cluster.name()));
    }
  }
}
