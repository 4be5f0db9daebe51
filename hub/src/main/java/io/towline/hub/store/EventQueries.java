package io.towline.hub.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Reads events for people. Thread-safe; throws {@link StoreException}. */
public final class EventQueries {
  private static final Map<String, String> FIELDS =
      Map.of("bundle", "e.bundle", "cluster", "c.name", "type", "e.type", "reason", "e.reason");

  private static final String FROM = "event e left join cluster c on c.id = e.cluster_id";

  private static final String COLUMNS =
      "e.id, e.origin, coalesce(c.name, '') as cluster, e.type, e.reason, e.action, e.bundle,"
          + " e.api_version, e.kind, e.namespace, e.name, e.message, e.at";

  private static final List<SortKey> NEWEST_FIRST =
      List.of(SortKey.instant("e.at").reversed(), SortKey.text("e.id"));

  private final Database database;

  public EventQueries(Database database) {
    this.database = database;
  }

  /** A page of the events that match, newest first. */
  public Page<EventView> list(Filter filter, PageRequest page) {
    return database.inTransaction(
        connection ->
            new Selection(FROM)
                .matching(filter, FIELDS, "")
                .page(connection, COLUMNS, NEWEST_FIRST, page, EventQueries::read));
  }

  /** Those of the named events that exist and match, in no order. */
  public List<EventView> named(Collection<String> ids, Filter filter) {
    return database.inTransaction(
        connection ->
            new Selection(FROM)
                .matching(filter, FIELDS, "")
                .among("e.id", List.copyOf(ids))
                .list(connection, COLUMNS, "", EventQueries::read));
  }

  private static EventView read(ResultSet row) throws SQLException {
    return new EventView(
        row.getString("id"),
        row.getString("origin"),
        row.getString("cluster"),
        row.getString("type"),
        row.getString("reason"),
        row.getString("action"),
        row.getString("bundle"),
        row.getString("api_version"),
        row.getString("kind"),
        row.getString("namespace"),
        row.getString("name"),
        row.getString("message"),
        Sql.instant(row, "at"));
  }
}
