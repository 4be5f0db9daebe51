package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** What happened, for people: kept for a while. Thread-safe. */
public final class Events {
  /** Rows that are kept, whatever their age. */
  public static final int KEPT = 100_000;

  /** Age up to which events are kept. */
  public static final Duration KEPT_FOR = Duration.ofDays(30);

  private final Database database;
  private final Changes changes;

  public Events(Database database, Changes changes) {
    this.database = database;
    this.changes = changes;
  }

  /** Who says it. */
  public enum Origin {
    HUB,
    AGENT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One event.
   *
   * @param id unique within its origin and cluster; a repeat changes nothing
   * @param cluster empty where it concerns none
   * @param warning whether a person should look at it
   * @param action one word: Fetch, Render, Publish, Connect, Apply, Prune, Verify, Correct, Wait,
   *     Suspend
   * @param bundle empty where it concerns none
   */
  public record Event(
      String id,
      Origin origin,
      Optional<UUID> cluster,
      boolean warning,
      Reason reason,
      String action,
      String bundle,
      Optional<ObjectRef> object,
      String message,
      Instant at) {

    /** An event of the hub; its id follows from what it says and when. */
    public static Event ofHub(
        Optional<UUID> cluster,
        boolean warning,
        Reason reason,
        String action,
        String bundle,
        String message,
        Instant at) {
      String id = String.join("\n", reason.word(), action, bundle, message, at.toString());
      return new Event(
          id, Origin.HUB, cluster, warning, reason, action, bundle, Optional.empty(), message, at);
    }

    /** The key of its row, which no other cluster's agent can choose. */
    String key() {
      String scope = origin.word() + "/" + cluster.map(UUID::toString).orElse("") + "/" + id;
      return Digest.of(scope.getBytes(StandardCharsets.UTF_8)).hex();
    }
  }

  /** Adds events; those that are there already stay as they are. */
  public void add(List<Event> events) {
    if (events.isEmpty()) {
      return;
    }
    database.inTransaction(
        connection -> {
          List<Changed> changed = new ArrayList<>();
          for (Event event : events) {
            insert(connection, event).ifPresent(changed::add);
          }
          ChangeLog.append(connection, changed, events.getLast().at());
          return true;
        });
    changes.announce(Changes.Topic.FLEET);
  }

  static Optional<Changed> insert(Connection connection, Event event) throws SQLException {
    Optional<ObjectRef> object = event.object();
    int added =
        Sql.update(
            connection,
            "insert into event (id, origin, cluster_id, type, reason, action, bundle, api_version,"
                + " kind, namespace, name, message, at)"
                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            event.key(),
            event.origin().word(),
            event.cluster(),
            event.warning() ? "Warning" : "Normal",
            event.reason(),
            event.action(),
            event.bundle(),
            object.map(ObjectRef::apiVersion).orElse(""),
            object.map(ObjectRef::kind).orElse(""),
            object.map(ObjectRef::namespace).orElse(""),
            object.map(ObjectRef::name).orElse(""),
            event.message(),
            event.at());
    return added == 0 ? Optional.empty() : Optional.of(Changed.event(event.key()));
  }

  /** Drops what is too old or too much. */
  static int trim(Connection connection, Instant now) throws SQLException {
    int dropped = Sql.update(connection, "delete from event where at < ?", now.minus(KEPT_FOR));
    long surplus = Sql.number(connection, "select count(*) from event") - KEPT;
    if (surplus > 0) {
      dropped +=
          Sql.update(
              connection,
              "delete from event where id in (select id from event order by at limit ?)",
              surplus);
    }
    return dropped;
  }
}
