package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.Enrollments.Claim;
import io.towline.hub.store.Enrollments.Coming;
import io.towline.hub.store.Events.Event;
import io.towline.vocabulary.Reason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The pools, and the clusters that come with their tokens. Thread-safe; throws {@link
 * StoreException} when the database is away.
 */
public final class Pools {
  /** Pools that there may be; those that are over count until they are removed. */
  public static final int MAX_POOLS = 200;

  /** How long an agent that was accepted has to fetch its certificate. */
  static final Duration FETCHED_WITHIN = Duration.ofHours(24);

  private static final String SELECT =
      "select p.*, (select count(*) from cluster c where c.pool = p.name and c.waits) as waiting"
          + " from pool p";

  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Pools(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /**
   * Adds a pool.
   *
   * @param secret SHA-256 of its token's secret
   * @return whether it was added: there is none of that name, and not too many
   */
  public boolean add(Pool pool, Digest secret) {
    return database.inTransaction(
        connection ->
            Sql.number(connection, "select count(*) from pool") < MAX_POOLS
                && Sql.update(
                        connection,
                        "insert into pool (name, secret_sha256, created_at, expires_at,"
                            + " max_clusters, used, name_prefix, labels, accepted_labels, waits)"
                            + " values (?, ?, ?, ?, ?, 0, ?, ?, ?, ?) on conflict do nothing",
                        pool.name(),
                        secret,
                        pool.created(),
                        pool.expires(),
                        pool.max(),
                        pool.namePrefix(),
                        Json.write(pool.labels()),
                        Json.write(pool.acceptedLabels()),
                        pool.waits())
                    == 1);
  }

  /** All pools, by name. */
  public List<Pool> all() {
    return database.inTransaction(
        connection -> Sql.list(connection, SELECT + " order by p.name", Pools::read));
  }

  /** A pool; empty if there is none of that name. */
  public Optional<Pool> named(String name) {
    return database.inTransaction(
        connection -> Sql.one(connection, SELECT + " where p.name = ?", Pools::read, name));
  }

  /**
   * Voids a pool's token and lets go of the clusters that wait for a person with it. Those that
   * have enrolled stay.
   *
   * @return how many were let go of; empty if there is no such pool
   */
  public Optional<Integer> remove(String name) {
    Instant now = clock.instant();
    Optional<Integer> removed =
        database.inTransaction(
            connection -> {
              if (Sql.update(connection, "delete from pool where name = ?", name) == 0) {
                return Optional.empty();
              }
              List<KnownCluster> waiting =
                  Sql.list(
                      connection,
                      "select id, name from cluster where pool = ? and waits order by id for update",
                      Clusters::known,
                      name);
              List<Changed> changed = new ArrayList<>();
              for (KnownCluster cluster : waiting) {
                Clusters.forget(connection, cluster, now, changed);
              }
              ChangeLog.append(connection, changed, now);
              return Optional.of(waiting.size());
            });
    changes.announce(Changes.Topic.FLEET);
    return removed;
  }

  /**
   * What somebody who shows a pool's token wants.
   *
   * @param secret SHA-256 of the token's secret
   * @param key SHA-256 of the SubjectPublicKeyInfo that shall be certified
   * @param kubeSystemUid of the agent's cluster; empty if it does not know
   * @param coming the key's first certificate
   */
  public record Attempt(
      Digest secret, Digest key, Pool.Proposal proposal, String kubeSystemUid, Coming coming) {}

  /**
   * Makes a cluster of a key that shows a pool's token, once: the same key may repeat itself until
   * the token expires, or, where it waits, for a day after it was accepted. Of many at once no more
   * enrol than the pool is for.
   */
  public Claim claim(Attempt attempt) {
    Instant now = clock.instant();
    Claim claim =
        database.inTransaction(
            connection -> {
              // Whoever shows this token waits here for the one before: what is counted is true.
              Optional<String> name =
                  Sql.one(
                      connection,
                      "select name from pool where secret_sha256 = ? for update",
                      row -> row.getString(1),
                      attempt.secret());
              Optional<Pool> pool =
                  name.isEmpty()
                      ? Optional.empty()
                      : Sql.one(connection, SELECT + " where p.name = ?", Pools::read, name.get());
              if (pool.isEmpty()) {
                return new Claim.Refused(
                    Reason.JOIN_TOKEN_UNKNOWN, Reason.JOIN_TOKEN_UNKNOWN.explanation());
              }
              Optional<Earlier> earlier = earlier(connection, pool.get(), attempt.key());
              return earlier.isPresent()
                  ? repeated(connection, attempt, pool.get(), earlier.get(), now)
                  : first(connection, attempt, pool.get(), now);
            });
    changes.announce(Changes.Topic.FLEET);
    if (claim instanceof Claim.Granted granted && !granted.again()) {
      changes.announce(Changes.Topic.CLUSTERS);
    }
    return claim;
  }

  /**
   * A key that has shown the token before.
   *
   * @param cluster that it became; empty if that was let go of
   */
  private record Earlier(Optional<KnownCluster> cluster, boolean waits, Instant until) {}

  private static Optional<Earlier> earlier(Connection connection, Pool pool, Digest key)
      throws SQLException {
    return Sql.one(
        connection,
        "select c.id, c.name, c.waits, k.repeat_until from pool_claim k left join cluster c"
            + " on c.id = k.cluster_id where k.pool = ? and k.spki_sha256 = ?",
        row ->
            new Earlier(
                Sql.optionalText(row, "name").isPresent()
                    ? Optional.of(Clusters.known(row))
                    : Optional.empty(),
                row.getBoolean("waits"),
                Sql.instant(row, "repeat_until")),
        pool.name(),
        key);
  }

  private static Claim repeated(
      Connection connection, Attempt attempt, Pool pool, Earlier earlier, Instant now)
      throws SQLException {
    if (earlier.cluster().isEmpty()) {
      return new Claim.Refused(Reason.CLUSTER_REMOVED, Reason.CLUSTER_REMOVED.explanation());
    }
    KnownCluster cluster = earlier.cluster().get();
    if (earlier.waits()) {
      return new Claim.Waiting(cluster);
    }
    if (!earlier.until().isAfter(now)) {
      return new Claim.Refused(
          Reason.JOIN_TOKEN_EXPIRED,
          "The token of the pool "
              + pool.name()
              + " was good for this key until "
              + earlier.until()
              + ".");
    }
    boolean again =
        Enrollments.ownerOf(connection, attempt.key()).equals(Optional.of(cluster.id()));
    Enrollments.install(
        connection, cluster, attempt.key(), attempt.kubeSystemUid(), attempt.coming(), now);
    return new Claim.Granted(cluster, again);
  }

  private static Claim first(Connection connection, Attempt attempt, Pool pool, Instant now)
      throws SQLException {
    Optional<Claim.Refused> refused = pool.refusal(attempt.proposal(), now);
    if (refused.isEmpty() && Enrollments.ownerOf(connection, attempt.key()).isPresent()) {
      refused = Optional.of(Enrollments.KEY_OF_ANOTHER);
    }
    if (refused.isPresent()) {
      Enrollments.alarm(connection, Optional.empty(), refused.get(), attempt.key().hex(), now);
      return refused.get();
    }
    KnownCluster cluster = new KnownCluster(UUID.randomUUID(), attempt.proposal().name());
    if (!Clusters.insert(connection, cluster, pool.labelsOf(attempt.proposal()), now)) {
      return taken(connection, attempt, pool, now);
    }
    Sql.update(
        connection,
        "update cluster set pool = ?, waits = ? where id = ?",
        pool.name(),
        pool.waits(),
        cluster.id());
    Sql.update(connection, "update pool set used = used + 1 where name = ?", pool.name());
    Sql.update(
        connection,
        "insert into pool_claim (pool, spki_sha256, cluster_id, repeat_until)"
            + " values (?, ?, ?, ?)",
        pool.name(),
        attempt.key(),
        cluster.id(),
        pool.expires());
    if (pool.waits()) {
      Enrollments.learnUid(connection, cluster, attempt.kubeSystemUid());
      tell(
          connection,
          cluster,
          Reason.ACCEPTANCE_PENDING,
          cluster.name() + ", which came with the pool " + pool.name() + ", waits to be accepted.",
          now);
      return new Claim.Waiting(cluster);
    }
    Enrollments.install(
        connection, cluster, attempt.key(), attempt.kubeSystemUid(), attempt.coming(), now);
    return new Claim.Granted(cluster, false);
  }

  /** Says which cluster has the name, and which one wanted it. */
  private static Claim.Refused taken(Connection connection, Attempt attempt, Pool pool, Instant now)
      throws SQLException {
    String name = attempt.proposal().name();
    String own =
        Sql.one(
                connection,
                "select enrolled_uid from cluster where name = ?",
                row -> Sql.optionalText(row, "enrolled_uid"),
                name)
            .flatMap(uid -> uid)
            .map(uid -> ", whose kube-system has the UID " + uid)
            .orElse("");
    String other = attempt.kubeSystemUid().isEmpty() ? "" : " in " + attempt.kubeSystemUid();
    Claim.Refused refused =
        new Claim.Refused(
            Reason.CLUSTER_NAME_TAKEN,
            name
                + " is the name of another cluster"
                + own
                + "; an agent"
                + other
                + " proposed it with the pool "
                + pool.name()
                + ".");
    Optional<KnownCluster> holder =
        Sql.one(connection, "select id, name from cluster where name = ?", Clusters::known, name);
    Enrollments.alarm(connection, holder, refused, attempt.key().hex(), now);
    return refused;
  }

  /**
   * Lets a cluster in that waits: its agent gets a certificate when it asks next. Idempotent.
   *
   * @return whether it waited
   */
  public boolean accept(KnownCluster cluster) {
    Instant now = clock.instant();
    boolean waited =
        database.inTransaction(
            connection -> {
              int accepted =
                  Sql.update(
                      connection,
                      "update cluster set waits = false where id = ? and waits",
                      cluster.id());
              if (accepted == 0) {
                return false;
              }
              Sql.update(
                  connection,
                  "update pool_claim set repeat_until = ? where cluster_id = ?",
                  now.plus(FETCHED_WITHIN),
                  cluster.id());
              tell(
                  connection,
                  cluster,
                  Reason.RECONCILIATION_SUCCEEDED,
                  cluster.name() + " was accepted.",
                  now);
              return true;
            });
    if (waited) {
      changes.announce(Changes.Topic.CLUSTERS);
      changes.announce(Changes.Topic.FLEET);
    }
    return waited;
  }

  private static void tell(
      Connection connection, KnownCluster cluster, Reason reason, String message, Instant now)
      throws SQLException {
    List<Changed> changed = new ArrayList<>(List.of(Changed.cluster(cluster.name())));
    Events.insert(
            connection,
            Event.ofHub(
                Optional.of(cluster.id()), false, reason, Enrollments.ACTION, "", message, now))
        .ifPresent(changed::add);
    ChangeLog.append(connection, changed, now);
  }

  private static Pool read(ResultSet row) throws SQLException {
    return new Pool(
        row.getString("name"),
        Sql.instant(row, "created_at"),
        Sql.instant(row, "expires_at"),
        row.getInt("max_clusters"),
        row.getInt("used"),
        row.getInt("waiting"),
        row.getString("name_prefix"),
        Json.map(row.getString("labels")),
        Json.list(row.getString("accepted_labels")),
        row.getBoolean("waits"));
  }
}
