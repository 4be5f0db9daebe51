package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.hub.store.Contacts.Position;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The signed envelopes of each cluster, newest ones only. Thread-safe. */
public final class Envelopes {
  /**
   * Envelopes that are kept of one cluster: the newest, and those an agent may still be fetching.
   */
  public static final int KEPT = 3;

  private final Database database;

  public Envelopes(Database database) {
    this.database = database;
  }

  /**
   * One envelope.
   *
   * @param payload digest of what was signed
   * @param content digest of what it says beside sequence, times and commits
   */
  public record Head(
      UUID cluster,
      long epoch,
      long sequence,
      Digest payload,
      Digest content,
      Instant issuedAt,
      Instant expiresAt) {}

  /** An envelope with its bytes. Immutable: nobody may change the arrays. */
  public static final class Stored {
    private final Head head;
    private final byte[] gzip;

    Stored(Head head, byte[] gzip) {
      this.head = head;
      this.gzip = gzip;
    }

    /** What it is. */
    public Head head() {
      return head;
    }

    /** The DSSE envelope as JSON, gzip, as the wire carries it. */
    public byte[] gzip() {
      return gzip;
    }

    /** The DSSE envelope as JSON. */
    public byte[] dsse() {
      return BodyStore.unpack(gzip);
    }
  }

  /**
   * Where a cluster stands.
   *
   * @param next the sequence that its next envelope gets
   * @param newest its newest envelope
   * @param pending one that waits for signatures of others
   * @param held what its agent says it holds
   * @param called whether its agent has ever called
   */
  public record Standing(
      long next,
      Optional<Head> newest,
      Optional<Head> pending,
      Optional<Position> held,
      boolean called) {
    /** The envelope that the plan before led to, whether or not it is published. */
    public Optional<Head> latest() {
      return pending.or(() -> newest);
    }

    /**
     * Whether the next envelope is above what the agent holds. If not, the agent is further ahead
     * than {@link Contacts#MAX_SEQUENCE_JUMP}: only a root of the next epoch helps.
     */
    public boolean reachable(long epoch) {
      return held.isEmpty()
          || held.get().epoch() < epoch
          || (held.get().epoch() == epoch && held.get().sequence() < next);
    }

    /**
     * Whether the agent holds something that this hub does not know as its newest envelope or an
     * older one: after the database was restored from a backup, it needs one above.
     */
    public boolean overtaken() {
      if (held.isEmpty()) {
        return false;
      }
      Position position = held.get();
      return newest
          .map(
              head ->
                  position.epoch() == head.epoch()
                      && (position.sequence() > head.sequence()
                          || (position.sequence() == head.sequence()
                              && !position.payload().equals(head.payload()))))
          .orElse(position.sequence() > 0);
    }
  }

  /** The newest envelope of a cluster; empty before its first. */
  public Optional<Stored> newest(UUID cluster) {
    return database.inTransaction(
        connection ->
            Sql.one(
                connection,
                "select * from envelope where cluster_id = ?"
                    + " order by epoch desc, sequence desc limit 1",
                row -> new Stored(head(row), row.getBytes("dsse")),
                cluster));
  }

  /** Where every cluster stands. */
  public Map<UUID, Standing> standings() {
    return database.inTransaction(
        connection -> {
          Map<UUID, Head> newest = new HashMap<>();
          Sql.list(
              connection,
              "select cluster_id, epoch, sequence, payload_sha256, content_sha256, issued_at,"
                  + " expires_at from envelope order by epoch, sequence",
              row -> {
                Head head = head(row);
                return newest.put(head.cluster(), head) == null;
              });
          Map<UUID, Head> pending = new HashMap<>();
          Sql.list(
              connection,
              "select cluster_id, epoch, sequence, payload_sha256, content_sha256, issued_at,"
                  + " expires_at from pending_envelope",
              row -> {
                Head head = head(row);
                return pending.put(head.cluster(), head) == null;
              });
          Map<UUID, Standing> standings = new HashMap<>();
          Sql.list(
              connection,
              "select id, next_sequence, connection, held_epoch, held_sequence, held_payload"
                  + " from cluster",
              row -> {
                UUID id = row.getObject("id", UUID.class);
                return standings.put(
                    id,
                    standing(
                        row,
                        Optional.ofNullable(newest.get(id)),
                        Optional.ofNullable(pending.get(id))));
              });
          return standings;
        });
  }

  private static Standing standing(ResultSet row, Optional<Head> newest, Optional<Head> pending)
      throws SQLException {
    Optional<Digest> payload = Sql.optionalDigest(row, "held_payload");
    long epoch = row.getLong("held_epoch");
    long sequence = row.getLong("held_sequence");
    boolean called =
        !io.towline.vocabulary.Connection.PENDING.name().equals(row.getString("connection"));
    return new Standing(
        row.getLong("next_sequence"),
        newest,
        pending,
        payload.map(digest -> new Position(epoch, sequence, digest)),
        called);
  }

  /** The manifest of each bundle in the newest envelope of a cluster. */
  public Map<String, Digest> manifests(UUID cluster) {
    return database.inTransaction(
        connection -> {
          Map<String, Digest> manifests = new HashMap<>();
          Optional<Head> newest = head(connection, cluster);
          if (newest.isPresent()) {
            Sql.list(
                connection,
                "select bundle, manifest from envelope_manifest"
                    + " where cluster_id = ? and epoch = ? and sequence = ?",
                row -> manifests.put(row.getString(1), Digest.parse(row.getString(2))),
                cluster,
                newest.get().epoch(),
                newest.get().sequence());
          }
          return manifests;
        });
  }

  /** Whether the agent holds something that this hub did not sign as its newest or an older one. */
  static boolean contradicts(Connection connection, UUID cluster, Position held)
      throws SQLException {
    Optional<Head> newest = head(connection, cluster);
    return new Standing(0, newest, Optional.empty(), Optional.of(held), true).overtaken();
  }

  /**
   * Forgets the envelopes that an agent can never follow: it holds another one of a sequence that
   * this hub signed too, as after a restore, and what was signed since may say that it follows
   * ours.
   *
   * @return whether there were any
   */
  static boolean dropForeign(Connection connection, UUID cluster, Position held)
      throws SQLException {
    boolean foreign =
        Sql.one(
                connection,
                "select sequence from envelope where cluster_id = ? and epoch = ? and sequence = ?"
                    + " and payload_sha256 <> ?",
                row -> row.getLong(1),
                cluster,
                held.epoch(),
                held.sequence(),
                held.payload())
            .isPresent();
    if (foreign) {
      Sql.update(
          connection,
          "delete from envelope where cluster_id = ? and epoch = ? and sequence >= ?",
          cluster,
          held.epoch(),
          held.sequence());
    }
    return foreign;
  }

  static Optional<Head> head(Connection connection, UUID cluster) throws SQLException {
    return Sql.one(
        connection,
        "select * from envelope where cluster_id = ? order by epoch desc, sequence desc limit 1",
        Envelopes::head,
        cluster);
  }

  static void insert(Connection connection, Head head, byte[] dsse, Map<String, Digest> manifests)
      throws SQLException {
    Sql.update(
        connection,
        "insert into envelope (cluster_id, epoch, sequence, payload_sha256, content_sha256, dsse,"
            + " issued_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        head.cluster(),
        head.epoch(),
        head.sequence(),
        head.payload(),
        head.content(),
        BodyStore.pack(dsse),
        head.issuedAt(),
        head.expiresAt());
    List<@Nullable Object[]> rows = new ArrayList<>();
    manifests.forEach(
        (bundle, manifest) ->
            rows.add(
                new @Nullable Object[] {
                  head.cluster(), head.epoch(), head.sequence(), bundle, manifest
                }));
    Sql.batch(
        connection,
        "insert into envelope_manifest (cluster_id, epoch, sequence, bundle, manifest)"
            + " values (?, ?, ?, ?, ?)",
        rows);
    Sql.update(
        connection,
        "delete from envelope where cluster_id = ? and (epoch, sequence) not in"
            + " (select epoch, sequence from envelope where cluster_id = ?"
            + " order by epoch desc, sequence desc limit ?)",
        head.cluster(),
        head.cluster(),
        KEPT);
  }

  static Head head(ResultSet row) throws SQLException {
    return new Head(
        row.getObject("cluster_id", UUID.class),
        row.getLong("epoch"),
        row.getLong("sequence"),
        Digest.parse(row.getString("payload_sha256")),
        Digest.parse(row.getString("content_sha256")),
        Sql.instant(row, "issued_at"),
        Sql.instant(row, "expires_at"));
  }
}
