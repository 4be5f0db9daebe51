package io.towline.hub.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Whom secrets can be sealed for so that a cluster opens them, as its agent says. Public keys;
 * nothing here opens anything. Thread-safe.
 */
public final class SealRecipients {
  private final Database database;

  public SealRecipients(Database database) {
    this.database = database;
  }

  /** The recipients of every cluster whose agent named any, the best one first. */
  public Map<UUID, List<String>> all() {
    Map<UUID, List<String>> all = new HashMap<>();
    database
        .inTransaction(
            connection ->
                Sql.list(
                    connection,
                    "select id, seal_recipients from cluster where seal_recipients <> ''",
                    row ->
                        Map.entry(
                            row.getObject("id", UUID.class),
                            split(Optional.ofNullable(row.getString("seal_recipients"))))))
        .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
    return Map.copyOf(all);
  }

  /** Stores what an agent says. Returns whether it is something new. */
  static boolean said(Connection connection, KnownCluster cluster, List<String> recipients)
      throws SQLException {
    String text = String.join(" ", recipients);
    return Sql.update(
            connection,
            "update cluster set seal_recipients = ? where id = ? and seal_recipients <> ?",
            text,
            cluster.id(),
            text)
        > 0;
  }

  /** As the column has them: with a space between. */
  static List<String> split(Optional<String> column) {
    return column.filter(text -> !text.isEmpty()).map(t -> List.of(t.split(" "))).orElse(List.of());
  }
}
