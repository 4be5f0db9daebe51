package io.towline.hub.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says in order which resources changed, so that a watch can resume. A row is written inside the
 * transaction that made the change; ids become visible in their order, because whoever adds rows
 * holds the one row of {@code change_order} until it commits. Add rows last in a transaction.
 */
final class ChangeLog {
  /** Rows that are kept: a watch that lags further behind starts anew with a snapshot. */
  static final int KEPT = 100_000;

  private ChangeLog() {}

  /** The kinds of resources that can be watched. */
  enum Type {
    CLUSTER,
    BUNDLE,
    TARGET,
    SOURCE,
    DRIFT,
    EVENT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One resource that changed, by its resource name. */
  record Changed(Type type, String name) {
    static Changed cluster(String cluster) {
      return new Changed(Type.CLUSTER, "clusters/" + cluster);
    }

    static Changed bundle(String bundle) {
      return new Changed(Type.BUNDLE, "bundles/" + bundle);
    }

    static Changed target(String bundle, String cluster) {
      return new Changed(Type.TARGET, "bundles/" + bundle + "/targets/" + cluster);
    }

    static Changed source(String source) {
      return new Changed(Type.SOURCE, "sources/" + source);
    }

    static Changed drift(String bundle, String cluster, String id) {
      return new Changed(Type.DRIFT, "bundles/" + bundle + "/targets/" + cluster + "/drift/" + id);
    }

    static Changed event(String id) {
      return new Changed(Type.EVENT, "events/" + id);
    }
  }

  /** Adds rows; a resource that stands in {@code changes} twice gets one. */
  static void append(Connection connection, Collection<Changed> changes, Instant now)
      throws SQLException {
    if (changes.isEmpty()) {
      return;
    }
    Sql.one(connection, "select only_row from change_order for update", row -> row.getInt(1));
    Set<Changed> distinct = new LinkedHashSet<>(changes);
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (Changed change : distinct) {
      rows.add(new @Nullable Object[] {change.type().word(), change.name(), now});
    }
    Sql.batch(connection, "insert into change (type, name, at) values (?, ?, ?)", rows);
  }

  /** Drops the oldest rows beyond {@link #KEPT}. */
  static int trim(Connection connection) throws SQLException {
    return Sql.update(
        connection, "delete from change where id <= (select max(id) from change) - ?", KEPT);
  }
}
