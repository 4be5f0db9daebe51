package io.towline.hub.store;

import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.Suspension.Origin;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.vocabulary.Reason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** What is suspended, by whom and until when. Thread-safe. */
public final class Suspensions {
  private static final String SELECT =
      "select s.*, c.name as cluster from suspension s left join cluster c on c.id = s.cluster_id";

  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Suspensions(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /**
   * Suspends for a person, or replaces what was said of the same scope before. Idempotent but for
   * the beginning.
   *
   * @param by how the person calls themselves
   * @return empty if there is no such cluster
   */
  public Optional<Suspension> suspend(
      Scope scope, String by, String reason, Optional<Instant> until) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Suspension made =
        new Suspension(
            Origin.PERSON,
            scope,
            by,
            reason,
            now,
            until.map(end -> end.truncatedTo(ChronoUnit.SECONDS)));
    boolean known =
        database.inTransaction(
            connection -> {
              Optional<UUID> cluster = cluster(connection, scope);
              if (scope.cluster().isPresent() && cluster.isEmpty()) {
                return false;
              }
              put(connection, made, cluster);
              tell(connection, made, cluster, made.sentence());
              return true;
            });
    announce(known);
    return Optional.of(made).filter(one -> known);
  }

  /**
   * Lifts what a person suspended, of exactly this scope.
   *
   * @return whether there was anything to lift
   */
  public boolean resume(Scope scope, String by) {
    boolean lifted =
        database.inTransaction(
            connection -> {
              Optional<UUID> cluster = cluster(connection, scope);
              Optional<Suspension> held =
                  Sql.one(
                      connection,
                      SELECT + " where s.origin = ? and s.scope = ?",
                      Suspensions::read,
                      Origin.PERSON.word(),
                      key(scope, cluster));
              if (held.isEmpty()) {
                return false;
              }
              drop(connection, held.get(), cluster);
              tell(
                  connection,
                  held.get(),
                  cluster,
                  "Resumed" + (by.isEmpty() ? "." : " by " + by + "."));
              return true;
            });
    announce(lifted);
    return lifted;
  }

  /** Everything that is suspended now, people's and Git's, in a stable order. */
  public List<Suspension> all() {
    Instant now = clock.instant();
    return database.inTransaction(
        connection ->
            read(connection).stream().filter(suspension -> suspension.holdsAt(now)).toList());
  }

  /**
   * Makes Git's suspensions these, lets go of whatever has ended, and gives what is left. What
   * changes by it is told as events.
   *
   * @param unread whether Git could not be read where it said that; it goes on holding then
   */
  public List<Suspension> settle(Set<Suspension> git, Predicate<Suspension> unread) {
    Instant now = clock.instant();
    List<Suspension> left = new ArrayList<>();
    boolean changed =
        database.inTransaction(
            connection -> {
              Set<Suspension> wanted = new HashSet<>();
              git.stream().filter(one -> one.holdsAt(now)).forEach(wanted::add);
              boolean any = false;
              for (Suspension held : read(connection)) {
                Optional<Suspension> same =
                    wanted.stream().filter(one -> saysTheSame(one, held)).findFirst();
                boolean said =
                    held.origin() == Origin.PERSON || same.isPresent() || unread.test(held);
                if (held.holdsAt(now) && said) {
                  same.ifPresent(wanted::remove);
                  left.add(held);
                } else {
                  Optional<UUID> cluster = cluster(connection, held.scope());
                  drop(connection, held, cluster);
                  tell(connection, held, cluster, "Resumed: the suspension ended.");
                  any = true;
                }
              }
              for (Suspension declared : wanted) {
                Suspension made = declared.begunAt(now);
                Optional<UUID> cluster = cluster(connection, made.scope());
                if (made.scope().cluster().isEmpty() || cluster.isPresent()) {
                  put(connection, made, cluster);
                  tell(connection, made, cluster, made.sentence());
                  left.add(made);
                  any = true;
                }
              }
              return any;
            });
    if (changed) {
      changes.announce(Changes.Topic.FLEET);
    }
    return left;
  }

  /** Git says every time what it says: since when is known only here. */
  private static boolean saysTheSame(Suspension one, Suspension other) {
    return one.origin() == other.origin()
        && one.scope().equals(other.scope())
        && one.by().equals(other.by())
        && one.reason().equals(other.reason())
        && one.until().equals(other.until());
  }

  private void announce(boolean changed) {
    if (changed) {
      changes.announce(Changes.Topic.CLUSTERS);
      changes.announce(Changes.Topic.FLEET);
    }
  }

  private static List<Suspension> read(Connection connection) throws SQLException {
    return Sql.list(
        connection, SELECT + " order by s.bundle, cluster, s.origin", Suspensions::read);
  }

  private static Suspension read(ResultSet row) throws SQLException {
    return new Suspension(
        Origin.valueOf(row.getString("origin").toUpperCase(Locale.ROOT)),
        new Scope(
            Optional.of(row.getString("bundle")).filter(name -> !name.isEmpty()),
            Sql.optionalText(row, "cluster")),
        row.getString("said_by"),
        row.getString("reason"),
        Sql.instant(row, "began_at"),
        Sql.optionalInstant(row, "ends_at"));
  }

  private static Optional<UUID> cluster(Connection connection, Scope scope) throws SQLException {
    return scope.cluster().isEmpty()
        ? Optional.empty()
        : Sql.one(
            connection,
            "select id from cluster where name = ?",
            row -> row.getObject(1, UUID.class),
            scope.cluster().get());
  }

  private static String key(Scope scope, Optional<UUID> cluster) {
    return scope.bundle().orElse("") + "@" + cluster.map(UUID::toString).orElse("");
  }

  private static void put(Connection connection, Suspension made, Optional<UUID> cluster)
      throws SQLException {
    drop(connection, made, cluster);
    Sql.update(
        connection,
        "insert into suspension (origin, scope, bundle, cluster_id, said_by, reason, began_at,"
            + " ends_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        made.origin().word(),
        key(made.scope(), cluster),
        made.scope().bundle().orElse(""),
        cluster,
        made.by(),
        made.reason(),
        made.since(),
        made.until());
  }

  private static void drop(Connection connection, Suspension held, Optional<UUID> cluster)
      throws SQLException {
    Sql.update(
        connection,
        "delete from suspension where origin = ? and scope = ?",
        held.origin().word(),
        key(held.scope(), cluster));
  }

  private void tell(Connection connection, Suspension what, Optional<UUID> cluster, String message)
      throws SQLException {
    Instant now = clock.instant();
    List<Changed> changed = new ArrayList<>();
    what.scope().cluster().ifPresent(name -> changed.add(Changed.cluster(name)));
    what.scope().bundle().ifPresent(name -> changed.add(Changed.bundle(name)));
    Events.insert(
            connection,
            Event.ofHub(
                cluster,
                false,
                Reason.SUSPENDED,
                "Suspend",
                what.scope().bundle().orElse(""),
                message,
                now))
        .ifPresent(changed::add);
    ChangeLog.append(connection, changed, now);
  }
}
