package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.EnvelopeQueries.Covered;
import io.towline.hub.store.Envelopes.Head;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Envelopes that wait for more signatures than the hub's own: at most one of a cluster, the newest.
 * Agents see nothing of them. Thread-safe.
 */
public final class PendingEnvelopes {
  private static final String READ =
      "select p.*, c.name from pending_envelope p join cluster c on c.id = p.cluster_id";

  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public PendingEnvelopes(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /** One of them. Immutable: nobody may change the array. */
  public static final class Pending {
    private final KnownCluster cluster;
    private final Head head;
    private final byte[] dsse;

    private Pending(KnownCluster cluster, Head head, byte[] dsse) {
      this.cluster = cluster;
      this.head = head;
      this.dsse = dsse;
    }

    /** Whose it is. */
    public KnownCluster cluster() {
      return cluster;
    }

    /** What it is. */
    public Head head() {
      return head;
    }

    /** The DSSE envelope as JSON, with the signatures that it has. */
    public byte[] dsse() {
      return dsse;
    }
  }

  /** What comes of a signature. */
  public sealed interface Next {
    /** It is not enough yet: this is kept. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Waits(byte[] dsse) implements Next {}

    /** It is enough: this is published. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Complete(byte[] dsse) implements Next {}
  }

  /** All of them, by the clusters' names. */
  public List<Pending> all() {
    return database.inTransaction(
        connection -> Sql.list(connection, READ + " order by c.name", PendingEnvelopes::pending));
  }

  /** That of a cluster. */
  public Optional<Pending> of(UUID cluster) {
    return database.inTransaction(connection -> of(connection, cluster));
  }

  private static Optional<Pending> of(Connection connection, UUID cluster) throws SQLException {
    return Sql.one(
        connection, READ + " where p.cluster_id = ?", PendingEnvelopes::pending, cluster);
  }

  /** All manifests and objects of a cluster's pending envelope, each once, sorted by digest. */
  public List<Covered> covered(UUID cluster) {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select b.digest, b.size from body b where b.digest in ("
                    + " select m.manifest from pending_manifest m where m.cluster_id = ?"
                    + " union select o.object from pending_manifest m"
                    + " join manifest_object o on o.manifest = m.manifest"
                    + " where m.cluster_id = ?) order by b.digest",
                row -> new Covered(row.getString(1), row.getLong(2)),
                cluster,
                cluster));
  }

  /**
   * Adds to the envelope of a cluster what the function makes of it, and publishes it if that is
   * enough, in one transaction.
   *
   * @param payload of the envelope that is meant
   * @return empty if another one, or none, waits by now
   */
  public Optional<Next> sign(UUID cluster, Digest payload, Function<Pending, Next> sign) {
    Optional<Next> next =
        database.inTransaction(
            connection -> {
              // In the order in which publications lock: the cluster first.
              Sql.one(
                  connection,
                  "select id from cluster where id = ? for update",
                  row -> row.getString(1),
                  cluster);
              Optional<Pending> pending =
                  of(connection, cluster)
                      .filter(waiting -> waiting.head().payload().equals(payload));
              if (pending.isEmpty()) {
                return Optional.empty();
              }
              Next made = sign.apply(pending.get());
              keep(connection, pending.get(), made);
              return Optional.of(made);
            });
    if (next.isPresent()) {
      if (next.get() instanceof Next.Complete) {
        changes.announce(Changes.Topic.ENVELOPE);
        // The targets' words follow in the next pass.
        changes.announce(Changes.Topic.CLUSTERS);
      }
      changes.announce(Changes.Topic.FLEET);
    }
    return next;
  }

  private void keep(Connection connection, Pending pending, Next next) throws SQLException {
    UUID cluster = pending.cluster().id();
    switch (next) {
      case Next.Waits waits ->
          Sql.update(
              connection,
              "update pending_envelope set dsse = ? where cluster_id = ?",
              BodyStore.pack(waits.dsse()),
              cluster);
      case Next.Complete complete -> {
        Map<String, Digest> manifests = new HashMap<>();
        Sql.list(
            connection,
            "select bundle, manifest from pending_manifest where cluster_id = ?",
            row -> manifests.put(row.getString(1), Digest.parse(row.getString(2))) == null,
            cluster);
        drop(connection, cluster);
        Envelopes.insert(connection, pending.head(), complete.dsse(), manifests);
      }
    }
    ChangeLog.append(
        connection, List.of(Changed.cluster(pending.cluster().name())), clock.instant());
  }

  static void insert(Connection connection, Head head, byte[] dsse, Map<String, Digest> manifests)
      throws SQLException {
    Sql.update(
        connection,
        "insert into pending_envelope (cluster_id, epoch, sequence, payload_sha256,"
            + " content_sha256, dsse, issued_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
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
        (bundle, manifest) -> rows.add(new @Nullable Object[] {head.cluster(), bundle, manifest}));
    Sql.batch(
        connection,
        "insert into pending_manifest (cluster_id, bundle, manifest) values (?, ?, ?)",
        rows);
  }

  /** A newer envelope takes its place. */
  static void drop(Connection connection, UUID cluster) throws SQLException {
    Sql.update(connection, "delete from pending_envelope where cluster_id = ?", cluster);
  }

  private static Pending pending(ResultSet row) throws SQLException {
    return new Pending(
        new KnownCluster(row.getObject("cluster_id", UUID.class), row.getString("name")),
        Envelopes.head(row),
        BodyStore.unpack(row.getBytes("dsse")));
  }
}
