package io.towline.hub.store;

import io.towline.envelope.Digest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Remembers what inputs rendered to, so that equal inputs are rendered once. Thread-safe. */
public final class Renders {
  private final Database database;
  private final InstantSource clock;

  public Renders(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * What an input rendered to.
   *
   * @param tools the programs that rendered it, as the statement names them
   */
  public record Remembered(Digest manifest, List<String> tools) {
    public Remembered {
      tools = List.copyOf(tools);
    }
  }

  /**
   * The manifest that an input rendered to; its body is kept from the garbage collection for a
   * while, long enough to be published. Empty if it was not rendered yet, or was forgotten.
   */
  public Optional<Remembered> find(Digest input) {
    return database.inTransaction(
        connection -> {
          Optional<Remembered> found =
              Sql.one(
                  connection,
                  "select manifest, tools from render where input_key = ?",
                  row ->
                      new Remembered(
                          Digest.parse(row.getString("manifest")),
                          Json.list(row.getString("tools"))),
                  input);
          if (found.isPresent()) {
            Instant now = clock.instant();
            Sql.update(
                connection,
                "update render set used_at = ? where input_key = ? and used_at < ?",
                now,
                input,
                now.minus(BodyStore.TOUCH_AFTER));
          }
          return found;
        });
  }

  static void remember(
      Connection connection, Digest input, Digest manifest, List<String> tools, Instant now)
      throws SQLException {
    int updated =
        Sql.update(
            connection,
            "update render set manifest = ?, tools = ?, used_at = ? where input_key = ?",
            manifest,
            Json.write(tools),
            now,
            input);
    if (updated == 0) {
      Sql.update(
          connection,
          "insert into render (input_key, manifest, tools, used_at) values (?, ?, ?, ?)"
              + " on conflict do nothing",
          input,
          manifest,
          Json.write(tools),
          now);
    }
  }
}
