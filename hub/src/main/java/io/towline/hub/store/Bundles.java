package io.towline.hub.store;

import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.TargetState.Held;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The bundles that sources declare. Thread-safe. */
public final class Bundles {
  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Bundles(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /**
   * One bundle as its source declares it.
   *
   * @param path its directory from the root of the source
   * @param commit that declares it so
   * @param revision of its newest render; empty before the first
   * @param held why its declaration or a render failed
   */
  public record Bundle(
      String name,
      String source,
      String path,
      String commit,
      String revision,
      Map<String, String> labels,
      Optional<Held> held) {
    public Bundle {
      labels = Map.copyOf(labels);
    }
  }

  /** All bundles by name. */
  public Map<String, Bundle> all() {
    return database.inTransaction(
        connection -> {
          Map<String, Bundle> bundles = new HashMap<>();
          for (Bundle bundle : read(connection)) {
            bundles.put(bundle.name(), bundle);
          }
          return bundles;
        });
  }

  /**
   * Writes the bundles that are declared now. Others stay while clusters still have targets of
   * them, and go otherwise.
   *
   * @param kept names of bundles that are not declared now but are not gone either
   * @return whether anything changed
   */
  public boolean declare(Collection<Bundle> declared, Set<String> kept) {
    boolean changed =
        database.inTransaction(
            connection -> {
              List<Changed> rows = new ArrayList<>();
              Map<String, Bundle> before =
                  read(connection).stream()
                      .collect(Collectors.toMap(Bundle::name, bundle -> bundle));
              Set<String> current = declaredNow(connection);
              for (Bundle bundle : declared) {
                if (!bundle.equals(before.remove(bundle.name()))
                    || !current.contains(bundle.name())) {
                  put(connection, bundle);
                  rows.add(Changed.bundle(bundle.name()));
                }
              }
              for (String name : before.keySet()) {
                if (!kept.contains(name)) {
                  Sql.update(connection, "update bundle set declared = false where name = ?", name);
                  dropUnused(connection, name, rows);
                }
              }
              ChangeLog.append(connection, rows, clock.instant());
              return !rows.isEmpty();
            });
    if (changed) {
      changes.announce(Changes.Topic.FLEET);
    }
    return changed;
  }

  private void put(Connection connection, Bundle bundle) throws SQLException {
    Sql.update(connection, "delete from bundle where name = ?", bundle.name());
    Sql.update(
        connection,
        "insert into bundle (name, source, path, commit_id, revision, labels, reason, message,"
            + " declared, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, true, ?)",
        bundle.name(),
        bundle.source(),
        bundle.path(),
        bundle.commit(),
        bundle.revision(),
        Json.write(new TreeMap<>(bundle.labels())),
        bundle.held().map(Held::reason),
        bundle.held().map(Held::message),
        clock.instant());
  }

  private static Set<String> declaredNow(Connection connection) throws SQLException {
    return Set.copyOf(
        Sql.list(connection, "select name from bundle where declared", row -> row.getString(1)));
  }

  private static List<Bundle> read(Connection connection) throws SQLException {
    return Sql.list(
        connection,
        "select * from bundle order by name",
        row -> {
          String message = Sql.optionalText(row, "message").orElse("");
          return new Bundle(
              row.getString("name"),
              row.getString("source"),
              row.getString("path"),
              row.getString("commit_id"),
              row.getString("revision"),
              Json.map(row.getString("labels")),
              Sql.optionalReason(row, "reason").map(reason -> new Held(reason, message)));
        });
  }

  /** Drops a bundle that no cluster has a target of, unless its source still declares it. */
  static void dropUnused(Connection connection, String bundle, List<Changed> changed)
      throws SQLException {
    int dropped =
        Sql.update(
            connection,
            "delete from bundle where name = ? and not declared"
                + " and not exists (select 1 from target t where t.bundle = bundle.name)",
            bundle);
    if (dropped > 0) {
      changed.add(Changed.bundle(bundle));
    }
  }
}
