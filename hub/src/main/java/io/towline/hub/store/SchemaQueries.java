package io.towline.hub.store;

import java.util.Optional;

/** Asks whether the database answers and is of this version. Thread-safe. */
public final class SchemaQueries {
  private final Database database;

  public SchemaQueries(Database database) {
    this.database = database;
  }

  /** Asks the database for nothing; throws {@link StoreException} if it does not answer. */
  public void ping() {
    database.inTransaction(connection -> Sql.number(connection, "select 1"));
  }

  /** The version of the newest migration, if all of them went well. */
  public Optional<String> version() {
    return database.inTransaction(
        connection ->
            Sql.number(
                        connection,
                        "select count(*) from \"flyway_schema_history\" where not \"success\"")
                    > 0
                ? Optional.empty()
                : Sql.one(
                    connection,
                    "select \"version\" from \"flyway_schema_history\""
                        + " where \"version\" is not null order by \"installed_rank\" desc limit 1",
                    row -> row.getString(1)));
  }
}
