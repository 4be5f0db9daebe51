package io.towline.hub.store;

import io.towline.envelope.ObjectRef;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What differed from what was applied, who changed it, and what was done about it. */
public final class DriftLog {
  /** Rows that are kept, whatever their age. */
  public static final int KEPT = 100_000;

  /** Age up to which divergences are kept. */
  public static final Duration KEPT_FOR = Duration.ofDays(30);

  private DriftLog() {}

  /** What was done about a divergence. */
  public enum Action {
    CORRECTED,
    REPORTED,
    FAILED,
    RESOLVED;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One field: values as JSON, masked where they are secret. */
  public record Field(String path, String oldValue, String newValue) {}

  /**
   * One divergence of a live object.
   *
   * @param id stable while it lasts, unique within its cluster; a repeat replaces
   */
  public record Drift(
      String id,
      String bundle,
      ObjectRef object,
      String operation,
      String manager,
      List<Field> fields,
      Instant changedAt,
      Instant observedAt,
      Action action,
      String message) {
    public Drift {
      fields = List.copyOf(fields);
    }
  }

  /** The JSON of one entry of the column {@code fields}. */
  record StoredField(
      String path, String old, @com.fasterxml.jackson.annotation.JsonProperty("new") String to) {}

  static void put(Connection connection, UUID cluster, Drift drift) throws SQLException {
    Sql.update(
        connection, "delete from drift where cluster_id = ? and id = ?", cluster, drift.id());
    Sql.update(
        connection,
        "insert into drift (cluster_id, id, bundle, api_version, kind, namespace, name, operation,"
            + " manager, fields, changed_at, observed_at, action, message)"
            + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        cluster,
        drift.id(),
        drift.bundle(),
        drift.object().apiVersion(),
        drift.object().kind(),
        drift.object().namespace(),
        drift.object().name(),
        drift.operation(),
        drift.manager(),
        Json.write(
            drift.fields().stream()
                .map(field -> new StoredField(field.path(), field.oldValue(), field.newValue()))
                .toList()),
        drift.changedAt(),
        drift.observedAt(),
        drift.action().word(),
        drift.message());
  }

  /** Drops what is too old or too much. */
  static int trim(Connection connection, Instant now) throws SQLException {
    int dropped =
        Sql.update(connection, "delete from drift where observed_at < ?", now.minus(KEPT_FOR));
    long surplus = Sql.number(connection, "select count(*) from drift") - KEPT;
    if (surplus > 0) {
      dropped +=
          Sql.update(
              connection,
              "delete from drift where (cluster_id, id) in"
                  + " (select cluster_id, id from drift order by observed_at limit ?)",
              surplus);
    }
    return dropped;
  }
}
