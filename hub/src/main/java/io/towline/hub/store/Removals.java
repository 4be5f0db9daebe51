package io.towline.hub.store;

import io.towline.hub.store.ChangeLog.Changed;
import io.towline.vocabulary.Connection;
import java.sql.SQLException;
import java.util.List;

/** Lets go of targets that left Git once their cluster did. */
final class Removals {
  private Removals() {}

  /**
   * Drops the targets of a cluster that are being removed, have no deletion pending, and whose
   * removal the agent holds. A cluster that has never called holds nothing and has nothing to
   * delete; one that never will may hold anything.
   */
  static void finish(java.sql.Connection connection, KnownCluster cluster, List<Changed> changed)
      throws SQLException {
    boolean never =
        Sql.one(
                connection,
                "select connection from cluster where id = ? and not offline",
                row -> row.getString(1),
                cluster.id())
            .filter(Connection.PENDING.name()::equals)
            .isPresent();
    List<String> gone =
        Sql.list(
            connection,
            "select t.bundle from target t join cluster c on c.id = t.cluster_id"
                + " where t.cluster_id = ? and t.removing and (? or (c.held_sequence >= t.sequence"
                + " and not exists (select 1 from deletion d where d.cluster_id = t.cluster_id"
                + " and d.bundle = t.bundle)))",
            row -> row.getString(1),
            cluster.id(),
            never);
    for (String bundle : gone) {
      if (never) {
        Sql.update(
            connection,
            "delete from deletion where cluster_id = ? and bundle = ?",
            cluster.id(),
            bundle);
      }
      Targets.delete(connection, bundle, cluster.id());
      changed.add(Changed.target(bundle, cluster.name()));
      Bundles.dropUnused(connection, bundle, changed);
    }
  }
}
