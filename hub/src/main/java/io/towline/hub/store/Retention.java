package io.towline.hub.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Forgets what nobody needs: old renders, bodies that neither an envelope nor a render names, old
 * events, divergences and change rows. Safe beside renders and publications: both touch what they
 * name before they rely on it, and nothing that was touched within {@link #GRACE} is forgotten.
 * Thread-safe.
 */
public final class Retention {
  /** A body or render that was touched within this is kept: far longer than a publication takes. */
  public static final Duration GRACE = Duration.ofHours(1);

  /** A render that was not asked for within this is forgotten, if no envelope carries it. */
  public static final Duration RENDERS_KEPT_FOR = Duration.ofDays(7);

  /** Bodies that one transaction drops: it must not hold its locks for long. */
  static final int BATCH = 1_000;

  private final Database database;
  private final InstantSource clock;

  public Retention(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** What was forgotten, in rows. */
  public record Forgotten(long renders, long bodies, long others) {}

  /** Forgets everything that may be forgotten now. Idempotent. */
  public Forgotten run() {
    Instant now = clock.instant();
    long renders =
        database.inTransaction(
            connection ->
                (long)
                    Sql.update(
                        connection,
                        "delete from render where used_at < ?",
                        now.minus(RENDERS_KEPT_FOR)));
    long bodies = repeat(connection -> manifests(connection, now));
    bodies += repeat(connection -> objects(connection, now));
    long others =
        database.inTransaction(
            connection ->
                (long) Events.trim(connection, now)
                    + DriftLog.trim(connection, now)
                    + ChangeLog.trim(connection));
    return new Forgotten(renders, bodies, others);
  }

  private long repeat(Database.Work<Integer> drop) {
    long dropped = 0;
    int now;
    do {
      now = database.inTransaction(drop);
      dropped += now;
    } while (now == BATCH);
    return dropped;
  }

  private static int manifests(Connection connection, Instant now) throws SQLException {
    return Sql.update(
        connection,
        "delete from body where digest in (select b.digest from body b where b.kind = 'manifest'"
            + " and b.touched_at < ?"
            + " and not exists (select 1 from envelope_manifest e where e.manifest = b.digest)"
            + " and not exists (select 1 from pending_manifest p where p.manifest = b.digest)"
            + " and not exists (select 1 from render r where r.manifest = b.digest)"
            + " limit ?) and touched_at < ?",
        now.minus(GRACE),
        BATCH,
        now.minus(GRACE));
  }

  private static int objects(Connection connection, Instant now) throws SQLException {
    return Sql.update(
        connection,
        "delete from body where digest in (select b.digest from body b where b.kind = 'object'"
            + " and b.touched_at < ?"
            + " and not exists (select 1 from manifest_object m where m.object = b.digest)"
            + " limit ?) and touched_at < ?",
        now.minus(GRACE),
        BATCH,
        now.minus(GRACE));
  }
}
