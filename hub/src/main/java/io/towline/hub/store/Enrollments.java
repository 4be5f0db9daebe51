package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.Events.Event;
import io.towline.vocabulary.Reason;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Which join tokens are out, and which keys agents may call with. A key that is not here is
 * revoked, whatever certificate it has. Thread-safe; throws {@link StoreException} when the
 * database is away.
 */
public final class Enrollments {
  private static final String ACTION = "Enroll";

  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Enrollments(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /** Makes a token the one of its cluster: the older ones are void. */
  public void offer(KnownCluster cluster, Digest secret, Instant expires) {
    database.inTransaction(
        connection -> {
          Sql.update(connection, "delete from join_token where cluster_id = ?", cluster.id());
          return Sql.update(
              connection,
              "insert into join_token (secret_sha256, cluster_id, created_at, expires_at)"
                  + " values (?, ?, ?, ?)",
              secret,
              cluster.id(),
              clock.instant(),
              expires);
        });
  }

  /**
   * What somebody who shows a token wants.
   *
   * @param secret SHA-256 of the token's secret
   * @param named the cluster that the token is said to be of
   * @param key SHA-256 of the SubjectPublicKeyInfo that shall be certified
   * @param kubeSystemUid of the agent's cluster; empty if it does not know
   * @param until when the key's first certificate expires
   */
  public record Attempt(
      Digest secret, UUID named, Digest key, String kubeSystemUid, Instant until) {}

  /** What comes of an attempt. */
  public sealed interface Claim {
    /** The key is the cluster's, and its only one. */
    record Granted(KnownCluster cluster, boolean again) implements Claim {}

    /** Nothing changed but an event; the message names no secret. */
    record Refused(Reason reason, String message) implements Claim {}
  }

  /**
   * Binds a token to the first key that shows it, in one statement: of many at once one wins, and
   * may repeat itself until the token expires. The cluster's older keys are revoked by that.
   */
  public Claim claim(Attempt attempt) {
    Instant now = clock.instant();
    Claim claim =
        database.inTransaction(
            connection -> {
              Optional<Offered> found = offered(connection, attempt.secret());
              if (found.isEmpty()) {
                return new Claim.Refused(
                    Reason.JOIN_TOKEN_UNKNOWN, Reason.JOIN_TOKEN_UNKNOWN.explanation());
              }
              Offered offered = found.get();
              Optional<Claim.Refused> refused = refusal(connection, attempt, offered);
              if (refused.isEmpty() && !bind(connection, attempt, now)) {
                refused = Optional.of(lost(attempt, offered, now));
              }
              if (refused.isPresent()) {
                alarm(connection, attempt, offered, refused.get(), now);
                return refused.get();
              }
              install(connection, attempt, offered.cluster(), now);
              return new Claim.Granted(
                  offered.cluster(), offered.claimedBy().equals(Optional.of(attempt.key())));
            });
    changes.announce(Changes.Topic.FLEET);
    return claim;
  }

  private record Offered(
      KnownCluster cluster,
      Instant expires,
      Optional<Digest> claimedBy,
      Optional<String> enrolledUid) {}

  private static Optional<Offered> offered(Connection connection, Digest secret)
      throws SQLException {
    return Sql.one(
        connection,
        "select c.id, c.name, c.enrolled_uid, t.expires_at, t.claimed_by from join_token t"
            + " join cluster c on c.id = t.cluster_id where t.secret_sha256 = ?",
        row ->
            new Offered(
                new KnownCluster(row.getObject("id", UUID.class), row.getString("name")),
                Sql.instant(row, "expires_at"),
                Sql.optionalDigest(row, "claimed_by"),
                Sql.optionalText(row, "enrolled_uid")),
        secret);
  }

  private static Optional<Claim.Refused> refusal(
      Connection connection, Attempt attempt, Offered offered) throws SQLException {
    if (!offered.cluster().id().equals(attempt.named())) {
      return Optional.of(
          new Claim.Refused(
              Reason.JOIN_TOKEN_MISPLACED,
              "The token is the one of " + offered.cluster().name() + "."));
    }
    boolean foreign =
        offered.enrolledUid().isPresent()
            && !attempt.kubeSystemUid().isEmpty()
            && !offered.enrolledUid().get().equals(attempt.kubeSystemUid());
    if (foreign) {
      return Optional.of(
          new Claim.Refused(
              Reason.CLUSTER_MISMATCH,
              offered.cluster().name()
                  + " is the cluster whose kube-system has the UID "
                  + offered.enrolledUid().get()
                  + "; this agent runs in "
                  + attempt.kubeSystemUid()
                  + "."));
    }
    Optional<UUID> owner =
        Sql.one(
            connection,
            "select cluster_id from agent_key where spki_sha256 = ?",
            row -> row.getObject(1, UUID.class),
            attempt.key());
    return owner.isEmpty() || owner.get().equals(offered.cluster().id())
        ? Optional.empty()
        : Optional.of(
            new Claim.Refused(
                Reason.CERTIFICATE_REQUEST_INVALID, "The key is another cluster's already."));
  }

  private static boolean bind(Connection connection, Attempt attempt, Instant now)
      throws SQLException {
    return Sql.update(
            connection,
            "update join_token set claimed_by = ? where secret_sha256 = ? and expires_at > ?"
                + " and (claimed_by is null or claimed_by = ?)",
            attempt.key(),
            attempt.secret(),
            now,
            attempt.key())
        == 1;
  }

  /** A token that is used and expired counts as used: that is the one that needs a person. */
  private static Claim.Refused lost(Attempt attempt, Offered offered, Instant now) {
    boolean mine = offered.claimedBy().isEmpty() || offered.claimedBy().get().equals(attempt.key());
    if (mine && !offered.expires().isAfter(now)) {
      return new Claim.Refused(
          Reason.JOIN_TOKEN_EXPIRED,
          "The token of " + offered.cluster().name() + " expired at " + offered.expires() + ".");
    }
    return new Claim.Refused(
        Reason.JOIN_TOKEN_USED,
        "The token of "
            + offered.cluster().name()
            + " was shown with a second key; the first one keeps it.");
  }

  /** One event for each key and reason, however often it tries. */
  private static void alarm(
      Connection connection, Attempt attempt, Offered offered, Claim.Refused refused, Instant now)
      throws SQLException {
    Event event =
        new Event(
            "enroll\n" + refused.reason().word() + "\n" + attempt.key().hex(),
            Events.Origin.HUB,
            Optional.of(offered.cluster().id()),
            true,
            refused.reason(),
            ACTION,
            "",
            Optional.empty(),
            refused.message(),
            now);
    List<Changed> changed = new ArrayList<>();
    Events.insert(connection, event).ifPresent(changed::add);
    ChangeLog.append(connection, changed, now);
  }

  private static void install(
      Connection connection, Attempt attempt, KnownCluster cluster, Instant now)
      throws SQLException {
    if (!attempt.kubeSystemUid().isEmpty()) {
      Sql.update(
          connection,
          "update cluster set enrolled_uid = ? where id = ? and enrolled_uid is null",
          attempt.kubeSystemUid(),
          cluster.id());
    }
    Sql.update(
        connection,
        "delete from agent_key where cluster_id = ? and spki_sha256 <> ?",
        cluster.id(),
        attempt.key());
    put(connection, cluster.id(), attempt.key(), attempt.until());
    ChangeLog.append(connection, List.of(Changed.cluster(cluster.name())), now);
  }

  private static void put(Connection connection, UUID cluster, Digest key, Instant until)
      throws SQLException {
    int known =
        Sql.update(
            connection,
            "update agent_key set expires_at = ? where spki_sha256 = ? and cluster_id = ?",
            until,
            key,
            cluster);
    if (known == 0) {
      Sql.update(
          connection,
          "insert into agent_key (spki_sha256, cluster_id, expires_at) values (?, ?, ?)",
          key,
          cluster,
          until);
    }
  }

  /**
   * The cluster that a key may speak for; empty if it may not. The use of a newer key revokes the
   * older ones: the renewal that made it has reached the agent.
   */
  public Optional<KnownCluster> owner(Digest key) {
    return database.inTransaction(
        connection -> {
          Optional<Owner> owner =
              Sql.one(
                  connection,
                  "select c.id, c.name, k.number, (select count(*) from agent_key o"
                      + " where o.cluster_id = k.cluster_id and o.number < k.number) as older"
                      + " from agent_key k join cluster c on c.id = k.cluster_id"
                      + " where k.spki_sha256 = ?",
                  row ->
                      new Owner(
                          new KnownCluster(row.getObject("id", UUID.class), row.getString("name")),
                          row.getLong("number"),
                          row.getInt("older")),
                  key);
          if (owner.isPresent() && owner.get().older() > 0) {
            Sql.update(
                connection,
                "delete from agent_key where cluster_id = ? and number < ?",
                owner.get().cluster().id(),
                owner.get().number());
          }
          return owner.map(Owner::cluster);
        });
  }

  private record Owner(KnownCluster cluster, long number, int older) {}

  /**
   * Lets a cluster call with its next key as well; a next key that was never used is dropped for
   * it. Idempotent.
   *
   * @param key that it calls with
   * @return whether the key that it calls with is still good
   */
  public boolean renew(KnownCluster cluster, Digest key, Digest next, Instant until) {
    return database.inTransaction(
        connection -> {
          Optional<UUID> owner =
              Sql.one(
                  connection,
                  "select cluster_id from agent_key where spki_sha256 = ? for update",
                  row -> row.getObject(1, UUID.class),
                  key);
          if (!owner.equals(Optional.of(cluster.id()))) {
            return false;
          }
          Sql.update(
              connection,
              "delete from agent_key where cluster_id = ? and spki_sha256 <> ? and spki_sha256 <> ?",
              cluster.id(),
              key,
              next);
          put(connection, cluster.id(), next, until);
          return true;
        });
  }

  /** Revokes every key of a cluster; a token that is out stays good. */
  public void revoke(KnownCluster cluster) {
    Instant now = clock.instant();
    database.inTransaction(
        connection -> {
          Sql.update(connection, "delete from agent_key where cluster_id = ?", cluster.id());
          ChangeLog.append(connection, List.of(Changed.cluster(cluster.name())), now);
          return true;
        });
    changes.announce(Changes.Topic.FLEET);
  }

  /** Those of the keys that are still good. */
  public Set<Digest> good(Collection<Digest> keys) {
    Object[] asked = keys.stream().map(Digest::hex).toArray();
    return database.inTransaction(
        connection ->
            new HashSet<>(
                Sql.list(
                    connection,
                    "select spki_sha256 from agent_key where spki_sha256 = any(?)",
                    row -> Digest.parse(row.getString(1)),
                    (Object) asked)));
  }

  /** Whether this cluster was removed. */
  public boolean isRemoved(UUID cluster) {
    return database.inTransaction(
        connection ->
            Sql.number(connection, "select count(*) from removed_cluster where id = ?", cluster)
                > 0);
  }
}
