package io.towline.hub.store;

import io.towline.envelope.Deletion;
import io.towline.envelope.ObjectRef;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What clusters must delete, until they have said that they did. Thread-safe. */
public final class Deletions {
  private final Database database;

  public Deletions(Database database) {
    this.database = database;
  }

  /** All pending deletions of the fleet, by cluster. */
  public Map<UUID, List<Deletion>> all() {
    record Row(UUID cluster, Deletion deletion) {}
    return database.inTransaction(
        connection -> {
          Map<UUID, List<Deletion>> byCluster = new HashMap<>();
          for (Row row :
              Sql.list(
                  connection,
                  "select * from deletion" + ORDER,
                  r -> new Row(r.getObject("cluster_id", UUID.class), read(r)))) {
            byCluster.computeIfAbsent(row.cluster(), id -> new ArrayList<>()).add(row.deletion());
          }
          return byCluster;
        });
  }

  /** The pending deletions of one cluster, in a stable order. */
  public List<Deletion> of(UUID cluster) {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select * from deletion where cluster_id = ?" + ORDER,
                Deletions::read,
                cluster));
  }

  private static final String ORDER = " order by bundle, api_version, kind, namespace, name";

  private static Deletion read(ResultSet row) throws SQLException {
    return new Deletion(
        row.getString("bundle"),
        new ObjectRef(
            row.getString("api_version"),
            row.getString("kind"),
            row.getString("namespace"),
            row.getString("name")),
        row.getLong("since"));
  }

  /** How many deletions each bundle of a cluster waits for; a bundle without any is not there. */
  static Map<String, Integer> pending(Connection connection, UUID cluster) throws SQLException {
    Map<String, Integer> byBundle = new HashMap<>();
    Sql.list(
            connection,
            "select bundle, count(*) from deletion where cluster_id = ? group by bundle",
            row -> Map.entry(row.getString(1), row.getInt(2)),
            cluster)
        .forEach(entry -> byBundle.put(entry.getKey(), entry.getValue()));
    return byBundle;
  }

  static void add(Connection connection, UUID cluster, Collection<Deletion> deletions)
      throws SQLException {
    Sql.batch(
        connection,
        "insert into deletion (cluster_id, bundle, api_version, kind, namespace, name, since)"
            + " values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        rows(cluster, deletions));
  }

  /**
   * Drops deletions that are done or no longer wanted. One that was listed anew since is another
   * one and stays.
   */
  static void drop(Connection connection, UUID cluster, Collection<Deletion> deletions)
      throws SQLException {
    Sql.batch(
        connection,
        "delete from deletion where cluster_id = ? and bundle = ? and api_version = ? and kind = ?"
            + " and namespace = ? and name = ? and since = ?",
        rows(cluster, deletions));
  }

  private static List<@Nullable Object[]> rows(UUID cluster, Collection<Deletion> deletions) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (Deletion deletion : deletions) {
      ObjectRef ref = deletion.ref();
      rows.add(
          new @Nullable Object[] {
            cluster,
            deletion.bundle(),
            ref.apiVersion(),
            ref.kind(),
            ref.namespace(),
            ref.name(),
            deletion.since()
          });
    }
    return rows;
  }
}
