package io.towline.hub.store;

import java.util.List;

/**
 * Reads what changed, in order. Ids become visible in their order (see {@link ChangeLog}), so
 * whoever read up to one has missed none before it. Thread-safe; throws {@link StoreException}.
 */
public final class ChangeQueries {
  /** One change: the resource of that type and name has to be read again. */
  public record Change(long id, String type, String name) {}

  /**
   * Which changes there are.
   *
   * @param oldest smallest id; 0: none
   * @param newest largest id; 0: none
   */
  public record Range(long oldest, long newest) {
    /** Whether every change after that id is still there. */
    public boolean reachesBackTo(long id) {
      return id == newest || (id < newest && id >= oldest - 1 && oldest > 0);
    }
  }

  private final Database database;

  public ChangeQueries(Database database) {
    this.database = database;
  }

  public Range range() {
    return database.inTransaction(
        connection ->
            Sql.one(
                    connection,
                    "select coalesce(min(id), 0), coalesce(max(id), 0) from change",
                    row -> new Range(row.getLong(1), row.getLong(2)))
                .orElse(new Range(0, 0)));
  }

  /** The changes after that id, oldest first. */
  public List<Change> after(long id, int limit) {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select id, type, name from change where id > ? order by id limit ?",
                row -> new Change(row.getLong(1), row.getString(2), row.getString(3)),
                id,
                limit));
  }
}
