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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Which join tokens are out, and which keys agents may call with. A key that is not here is
 * revoked, whatever certificate it has. Thread-safe; throws {@link StoreException} when the
 * database is away.
 */
public final class Enrollments {
  static final String ACTION = "Enroll";

  private final Database database;
  private final Changes changes;
  private final InstantSource clock;

  public Enrollments(Database database, Changes changes, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.clock = clock;
  }

  /**
   * Makes a token the one of its cluster: the older ones are void.
   *
   * @param rebuilt whether it may be used in another cluster than the one that enrolled before
   */
  public void offer(KnownCluster cluster, Digest secret, Instant expires, boolean rebuilt) {
    database.inTransaction(
        connection -> {
          Sql.update(connection, "delete from join_token where cluster_id = ?", cluster.id());
          // Whoever hands out a token of its own has accepted it, and wants it to call.
          Sql.update(
              connection,
              "update cluster set waits = false, offline = false where id = ?",
              cluster.id());
          return Sql.update(
              connection,
              "insert into join_token (secret_sha256, cluster_id, created_at, expires_at, rebuilt)"
                  + " values (?, ?, ?, ?, ?)",
              secret,
              cluster.id(),
              clock.instant(),
              expires,
              rebuilt);
        });
  }

  /**
   * Makes a cluster one whose agent never calls, until it is offered a token: those that are out
   * are void. An agent that has enrolled is not cut off.
   *
   * @param recipients whom secrets can be sealed for so that it opens them; empty: as before
   */
  public void offline(KnownCluster cluster, List<String> recipients) {
    Instant now = clock.instant();
    database.inTransaction(
        connection -> {
          Sql.update(connection, "delete from join_token where cluster_id = ?", cluster.id());
          // Whoever hands out a token of its own has accepted it.
          Sql.update(
              connection,
              "update cluster set waits = false, offline = true where id = ?",
              cluster.id());
          if (!recipients.isEmpty()) {
            SealRecipients.said(connection, cluster, recipients);
          }
          ChangeLog.append(connection, List.of(Changed.cluster(cluster.name())), now);
          return true;
        });
    changes.announce(Changes.Topic.CLUSTERS);
    changes.announce(Changes.Topic.FLEET);
  }

  /**
   * What somebody who shows a token wants.
   *
   * @param secret SHA-256 of the token's secret
   * @param named the cluster that the token is said to be of
   * @param key SHA-256 of the SubjectPublicKeyInfo that shall be certified
   * @param kubeSystemUid of the agent's cluster; empty if it does not know
   * @param coming the key's first certificate
   */
  public record Attempt(
      Digest secret, UUID named, Digest key, String kubeSystemUid, Coming coming) {}

  /**
   * A certificate that will be made.
   *
   * @param authority SHA-256 of the SubjectPublicKeyInfo of the authority that makes it
   * @param until when it expires
   */
  public record Coming(Digest authority, Instant until) {}

  /** What comes of an attempt. */
  public sealed interface Claim {
    /** The key is the cluster's, and its only one. */
    record Granted(KnownCluster cluster, boolean again) implements Claim {}

    /** It came with a pool, and a person has to accept it first. */
    record Waiting(KnownCluster cluster) implements Claim {}

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
                alarm(
                    connection,
                    Optional.of(offered.cluster()),
                    refused.get(),
                    attempt.key().hex(),
                    now);
                return refused.get();
              }
              if (offered.rebuilt()) {
                Sql.update(
                    connection,
                    "update cluster set enrolled_uid = null where id = ?",
                    offered.cluster().id());
              }
              install(
                  connection,
                  offered.cluster(),
                  attempt.key(),
                  attempt.kubeSystemUid(),
                  attempt.coming(),
                  now);
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
      Optional<String> enrolledUid,
      boolean rebuilt) {}

  private static Optional<Offered> offered(Connection connection, Digest secret)
      throws SQLException {
    return Sql.one(
        connection,
        "select c.id, c.name, c.enrolled_uid, t.expires_at, t.claimed_by, t.rebuilt"
            + " from join_token t join cluster c on c.id = t.cluster_id where t.secret_sha256 = ?",
        row ->
            new Offered(
                new KnownCluster(row.getObject("id", UUID.class), row.getString("name")),
                Sql.instant(row, "expires_at"),
                Sql.optionalDigest(row, "claimed_by"),
                Sql.optionalText(row, "enrolled_uid"),
                row.getBoolean("rebuilt")),
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
        !offered.rebuilt()
            && offered.enrolledUid().isPresent()
            && !attempt.kubeSystemUid().isEmpty()
            && !offered.enrolledUid().get().equals(attempt.kubeSystemUid());
    if (foreign) {
      return Optional.of(
          mismatch(offered.cluster(), offered.enrolledUid().get(), attempt.kubeSystemUid()));
    }
    return ownerOf(connection, attempt.key())
        .filter(owner -> !owner.equals(offered.cluster().id()))
        .map(other -> KEY_OF_ANOTHER);
  }

  static final Claim.Refused KEY_OF_ANOTHER =
      new Claim.Refused(
          Reason.CERTIFICATE_REQUEST_INVALID, "The key is another cluster's already.");

  /** The cluster that may call with a key. */
  static Optional<UUID> ownerOf(Connection connection, Digest key) throws SQLException {
    return Sql.one(
        connection,
        "select cluster_id from agent_key where spki_sha256 = ?",
        row -> row.getObject(1, UUID.class),
        key);
  }

  private static Claim.Refused mismatch(KnownCluster cluster, String own, String other) {
    return new Claim.Refused(
        Reason.CLUSTER_MISMATCH,
        cluster.name()
            + " is the cluster whose kube-system has the UID "
            + own
            + "; this agent runs in "
            + other
            + ".");
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

  /**
   * One event for each reason and whoever it is, however often they try.
   *
   * @param cluster that it concerns; empty if none is there
   * @param who a key, or the UID of a cluster
   */
  static void alarm(
      Connection connection,
      Optional<KnownCluster> cluster,
      Claim.Refused refused,
      String who,
      Instant now)
      throws SQLException {
    Event event =
        new Event(
            "enroll\n" + refused.reason().word() + "\n" + who,
            Events.Origin.HUB,
            cluster.map(KnownCluster::id),
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

  /** Makes a key the only one of its cluster. */
  static void install(
      Connection connection,
      KnownCluster cluster,
      Digest key,
      String kubeSystemUid,
      Coming coming,
      Instant now)
      throws SQLException {
    learnUid(connection, cluster, kubeSystemUid);
    Sql.update(
        connection,
        "delete from agent_key where cluster_id = ? and spki_sha256 <> ?",
        cluster.id(),
        key);
    put(connection, cluster.id(), key, coming);
    ChangeLog.append(connection, List.of(Changed.cluster(cluster.name())), now);
  }

  private static void put(Connection connection, UUID cluster, Digest key, Coming coming)
      throws SQLException {
    int known =
        Sql.update(
            connection,
            "update agent_key set expires_at = ?, authority_sha256 = ?"
                + " where spki_sha256 = ? and cluster_id = ?",
            coming.until(),
            coming.authority(),
            key,
            cluster);
    if (known == 0) {
      Sql.update(
          connection,
          "insert into agent_key (spki_sha256, cluster_id, expires_at, authority_sha256)"
              + " values (?, ?, ?, ?)",
          key,
          cluster,
          coming.until(),
          coming.authority());
    }
  }

  /** The first UID that is heard of is the cluster's. */
  static void learnUid(Connection connection, KnownCluster cluster, String kubeSystemUid)
      throws SQLException {
    if (!kubeSystemUid.isEmpty()) {
      Sql.update(
          connection,
          "update cluster set enrolled_uid = ? where id = ? and enrolled_uid is null",
          kubeSystemUid,
          cluster.id());
    }
  }

  /**
   * Why an agent that has this cluster's key must not be served: it runs in another cluster than
   * the one that enrolled, as one with a copied volume does. Becomes an event. Idempotent.
   *
   * @param kubeSystemUid of the agent's cluster; empty if it does not know: then nothing is wrong
   */
  public Optional<Claim.Refused> misplaced(KnownCluster cluster, String kubeSystemUid) {
    if (kubeSystemUid.isEmpty()) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    Optional<Claim.Refused> wrong =
        database.inTransaction(
            connection -> {
              learnUid(connection, cluster, kubeSystemUid);
              Optional<Claim.Refused> refused =
                  Sql.one(
                          connection,
                          "select enrolled_uid from cluster where id = ?",
                          row -> row.getString(1),
                          cluster.id())
                      .filter(own -> !own.equals(kubeSystemUid))
                      .map(own -> mismatch(cluster, own, kubeSystemUid));
              if (refused.isPresent()) {
                alarm(connection, Optional.of(cluster), refused.get(), kubeSystemUid, now);
              }
              return refused;
            });
    if (wrong.isPresent()) {
      changes.announce(Changes.Topic.FLEET);
    }
    return wrong;
  }

  /**
   * How many agents' newest certificates each authority stands for, by the authority's digest; the
   * key that is empty stands for the first one.
   *
   * @param since certificates that expired before are dead and are not counted
   */
  public Map<Optional<Digest>, Integer> countByAuthority(Instant since) {
    Map<Optional<Digest>, Integer> counts = new HashMap<>();
    database
        .inTransaction(
            connection ->
                Sql.list(
                    connection,
                    "select k.authority_sha256, count(*) as agents from agent_key k"
                        + " where k.expires_at >= ? and k.number = (select max(o.number)"
                        + " from agent_key o where o.cluster_id = k.cluster_id)"
                        + " group by k.authority_sha256",
                    row ->
                        Map.entry(
                            Sql.optionalDigest(row, "authority_sha256"), row.getInt("agents")),
                    since))
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    return counts;
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
  public boolean renew(KnownCluster cluster, Digest key, Digest next, Coming coming) {
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
          put(connection, cluster.id(), next, coming);
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
