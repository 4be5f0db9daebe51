package io.towline.hub.store;

import io.towline.hub.git.CommitSigner;
import io.towline.hub.git.Revision;
import io.towline.hub.resolve.Problem;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.TargetState.Held;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sources of the configuration and how their last fetches went. Thread-safe. */
public final class Sources {
  /** Problems that are kept of one source: more help nobody. */
  public static final int MAX_PROBLEMS = 1_000;

  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Sources(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /**
   * A source of the configuration.
   *
   * @param url without user information
   * @param ref what is watched
   * @param commitsPolicy which commits have to be signed: none, head or strict
   */
  public record Configured(String name, String url, String ref, String commitsPolicy) {
    boolean isOfTheSamePlace(Configured other) {
      return url.equals(other.url) && ref.equals(other.ref);
    }
  }

  /** Makes the table hold the sources of the configuration and no others. */
  public void configure(Collection<Configured> sources) {
    Instant now = clock.instant();
    boolean changed =
        database.inTransaction(
            connection -> {
              List<Changed> rows = new ArrayList<>();
              Map<String, Configured> before =
                  Sql.list(
                          connection,
                          "select name, url, ref, commits_policy from source",
                          row ->
                              new Configured(
                                  row.getString("name"),
                                  row.getString("url"),
                                  row.getString("ref"),
                                  row.getString("commits_policy")))
                      .stream()
                      .collect(Collectors.toMap(Configured::name, source -> source));
              for (Configured source : sources) {
                Configured known = before.remove(source.name());
                if (source.equals(known)) {
                  continue;
                }
                rows.add(Changed.source(source.name()));
                if (known != null && known.isOfTheSamePlace(source)) {
                  Sql.update(
                      connection,
                      "update source set commits_policy = ? where name = ?",
                      source.commitsPolicy(),
                      source.name());
                  continue;
                }
                if (known != null) {
                  // Another repository: what was good of the old one says nothing of the new one.
                  Sql.update(connection, "delete from source where name = ?", source.name());
                }
                Sql.update(
                    connection,
                    "insert into source (name, url, ref, commits_policy) values (?, ?, ?, ?)",
                    source.name(),
                    source.url(),
                    source.ref(),
                    source.commitsPolicy());
              }
              for (String gone : before.keySet()) {
                Sql.update(connection, "delete from source where name = ?", gone);
                Sql.update(connection, "delete from commit_signature where source = ?", gone);
                rows.add(Changed.source(gone));
              }
              ChangeLog.append(connection, rows, now);
              return !rows.isEmpty();
            });
    if (changed) {
      changes.announce(Changes.Topic.FLEET);
    }
  }

  /** The commit that was good last; empty if none was. */
  public Optional<String> lastGood(String source) {
    return database
        .inTransaction(
            connection ->
                Sql.one(
                    connection,
                    "select commit_id from source where name = ?",
                    row -> Sql.optionalText(row, "commit_id"),
                    source))
        .flatMap(commit -> commit);
  }

  /** A fetch went well. What watches see changes only if the commit or the reason did. */
  public void succeeded(Revision revision) {
    Instant now = clock.instant();
    write(
        revision.source(),
        now,
        connection ->
            Sql.update(
                connection,
                "update source set commit_id = ?, committed_at = ?, signer = ?,"
                    + " last_attempt_at = ?, last_success_at = ?, reason = null, message = null,"
                    + " refused_commit = null where name = ?",
                revision.commit(),
                revision.committedAt(),
                revision.signer().map(CommitSigner::text),
                now,
                now,
                revision.source()));
  }

  /**
   * A fetch failed; the last good commit stays.
   *
   * @param refused the commit that was fetched well and is not taken
   */
  public void failed(String source, Held why, Optional<String> refused) {
    Instant now = clock.instant();
    write(
        source,
        now,
        connection ->
            Sql.update(
                connection,
                "update source set last_attempt_at = ?, reason = ?, message = ?,"
                    + " refused_commit = ? where name = ?",
                now,
                why.reason(),
                why.message(),
                refused,
                source));
  }

  private void write(String source, Instant now, Database.Work<Integer> update) {
    boolean changed =
        database.inTransaction(
            connection -> {
              Optional<State> before = state(connection, source);
              update.run(connection);
              boolean differs = !before.equals(state(connection, source));
              if (differs) {
                ChangeLog.append(connection, Set.of(Changed.source(source)), now);
              }
              return differs;
            });
    if (changed) {
      changes.announce(Changes.Topic.FLEET);
    }
  }

  private record State(
      Optional<String> commit,
      Optional<String> signer,
      Optional<String> reason,
      Optional<String> message) {
    static State read(ResultSet row) throws SQLException {
      return new State(
          Sql.optionalText(row, "commit_id"),
          Sql.optionalText(row, "signer"),
          Sql.optionalText(row, "reason"),
          Sql.optionalText(row, "message"));
    }
  }

  private static Optional<State> state(Connection connection, String source) throws SQLException {
    return Sql.one(
        connection,
        "select commit_id, signer, reason, message from source where name = ? for update",
        State::read,
        source);
  }

  /** Replaces what is wrong in a source's declarations; at most {@link #MAX_PROBLEMS} are kept. */
  public void problems(String source, List<Problem> problems) {
    List<Problem> kept = problems.subList(0, Math.min(problems.size(), MAX_PROBLEMS));
    boolean changed =
        database.inTransaction(
            connection -> {
              if (kept.equals(problems(connection, source))) {
                return false;
              }
              Sql.update(connection, "delete from problem where source = ?", source);
              List<@Nullable Object[]> rows = new ArrayList<>();
              for (Problem problem : kept) {
                rows.add(
                    new @Nullable Object[] {
                      source,
                      rows.size(),
                      problem.bundle(),
                      problem.file(),
                      problem.line(),
                      problem.column(),
                      problem.field(),
                      problem.reason(),
                      problem.message()
                    });
              }
              Sql.batch(
                  connection,
                  "insert into problem (source, ordinal, bundle, file, line, col, field, reason,"
                      + " message) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  rows);
              ChangeLog.append(connection, Set.of(Changed.source(source)), clock.instant());
              return true;
            });
    if (changed) {
      changes.announce(Changes.Topic.FLEET);
    }
  }

  private static List<Problem> problems(Connection connection, String source) throws SQLException {
    return Sql.list(
        connection,
        "select * from problem where source = ? order by ordinal",
        row ->
            new Problem(
                row.getString("bundle"),
                row.getString("file"),
                row.getInt("line"),
                row.getInt("col"),
                row.getString("field"),
                Sql.optionalReason(row, "reason").orElseThrow(),
                row.getString("message")),
        source);
  }
}
