package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.Events.Event;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Reason;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** When clusters were last heard of, and what their agents said of themselves. Thread-safe. */
public final class Contacts {
  /**
   * By how many sequences an agent may be ahead of a hub whose database was restored from a backup;
   * the hub then goes on above it. Further ahead an operator has to raise the epoch.
   */
  public static final long MAX_SEQUENCE_JUMP = 1L << 20;

  private final Database database;
  private final Changes changes;

  public Contacts(Database database, Changes changes) {
    this.database = database;
    this.changes = changes;
  }

  /** What an agent says of itself; shown to people, and never believed beyond that. */
  public record Facts(
      String agentVersion,
      String kubernetesVersion,
      String kubeSystemUid,
      Optional<Duration> skew,
      List<String> sealRecipients) {
    public Facts {
      sealRecipients = List.copyOf(sealRecipients);
    }
  }

  /** The envelope that an agent says it holds. */
  public record Position(long epoch, long sequence, Digest payload) {}

  /** The cluster lives. Idempotent. */
  public void heard(
      KnownCluster cluster, Instant now, Optional<Facts> facts, Optional<Position> held) {
    Outcome outcome =
        database.inTransaction(
            connection -> {
              List<Changed> changed = new ArrayList<>();
              boolean behind = heard(connection, cluster, now, facts, held, changed);
              boolean sealing =
                  facts.isPresent()
                      && SealRecipients.said(connection, cluster, facts.get().sealRecipients());
              ChangeLog.append(connection, changed, now);
              return new Outcome(!changed.isEmpty(), behind || sealing);
            });
    if (outcome.changed()) {
      changes.announce(Changes.Topic.FLEET);
    }
    if (outcome.behind()) {
      changes.announce(Changes.Topic.CLUSTERS);
    }
  }

  /**
   * What to tell others.
   *
   * @param behind whether the cluster has to be looked at again
   */
  private record Outcome(boolean changed, boolean behind) {}

  /** Returns whether the agent holds an envelope that this hub does not know as its newest. */
  private static boolean heard(
      java.sql.Connection connection,
      KnownCluster cluster,
      Instant now,
      Optional<Facts> facts,
      Optional<Position> held,
      List<Changed> changed)
      throws SQLException {
    Known known = lock(connection, cluster.id());
    Sql.update(
        connection,
        "update cluster set last_seen_at = ?, connection = ? where id = ?",
        now,
        Connection.ONLINE,
        cluster.id());
    if (known.connection() != Connection.ONLINE) {
      changed.add(Changed.cluster(cluster.name()));
      Clusters.targetsOf(connection, cluster, changed);
      if (known.connection() == Connection.OFFLINE) {
        Events.insert(
                connection,
                Event.ofHub(
                    Optional.of(cluster.id()),
                    false,
                    Reason.RECONCILIATION_SUCCEEDED,
                    "Connect",
                    "",
                    "The agent is heard of again.",
                    now))
            .ifPresent(changed::add);
      }
    }
    if (facts.isPresent()) {
      Facts said = facts.get();
      Sql.update(
          connection,
          "update cluster set agent_version = ?, kubernetes_version = ?, kube_system_uid = ?,"
              + " clock_skew_millis = ? where id = ?",
          said.agentVersion(),
          said.kubernetesVersion(),
          said.kubeSystemUid(),
          said.skew().map(Duration::toMillis),
          cluster.id());
      changed.add(Changed.cluster(cluster.name()));
    }
    return held.isPresent() && hold(connection, cluster, known, held.get(), now, changed);
  }

  private static boolean hold(
      java.sql.Connection connection,
      KnownCluster cluster,
      Known known,
      Position held,
      Instant now,
      List<Changed> changed)
      throws SQLException {
    boolean repeated =
        held.epoch() == known.epoch()
            && held.sequence() == known.sequence()
            && known.payload().equals(Optional.of(held.payload()));
    long ahead = held.epoch() == known.fleetEpoch() ? held.sequence() - known.next() + 1 : 0;
    // Asked of what was said before too: a root that was missing may have made it reachable.
    boolean jump = ahead > 0 && ahead <= MAX_SEQUENCE_JUMP;
    if (repeated && !jump) {
      return false;
    }
    if (!repeated) {
      Sql.update(
          connection,
          "update cluster set held_epoch = ?, held_sequence = ?, held_payload = ? where id = ?",
          held.epoch(),
          held.sequence(),
          held.payload(),
          cluster.id());
      changed.add(Changed.cluster(cluster.name()));
      Removals.finish(connection, cluster, changed);
    }
    if (jump) {
      Sql.update(
          connection,
          "update cluster set next_sequence = ? where id = ?",
          held.sequence() + 1,
          cluster.id());
    } else if (ahead > MAX_SEQUENCE_JUMP) {
      Events.insert(connection, tooFarAhead(cluster, held, ahead, now)).ifPresent(changed::add);
    } else if (Envelopes.dropForeign(connection, cluster.id(), held)) {
      // Whoever is signing at this moment has to look again.
      Sql.update(
          connection,
          "update cluster set next_sequence = next_sequence + 1 where id = ?",
          cluster.id());
    }
    return jump || Envelopes.contradicts(connection, cluster.id(), held);
  }

  private static Event tooFarAhead(KnownCluster cluster, Position held, long ahead, Instant now) {
    return Event.ofHub(
        Optional.of(cluster.id()),
        true,
        Reason.SEQUENCE_ROLLBACK,
        "Connect",
        "",
        "The agent says that it holds sequence "
            + held.sequence()
            + ", "
            + ahead
            + " above the newest of this hub, which follows by "
            + MAX_SEQUENCE_JUMP
            + " at most. Next: "
            + Reason.SEQUENCE_ROLLBACK.nextStep(),
        now);
  }

  private record Known(
      Connection connection,
      long epoch,
      long sequence,
      Optional<Digest> payload,
      long next,
      long fleetEpoch) {}

  private static Known lock(java.sql.Connection connection, UUID id) throws SQLException {
    long fleetEpoch = Sql.number(connection, "select epoch from fleet");
    return Sql.one(
            connection,
            "select connection, held_epoch, held_sequence, held_payload, next_sequence"
                + " from cluster where id = ? for update",
            row ->
                new Known(
                    Connection.valueOf(row.getString("connection")),
                    row.getLong("held_epoch"),
                    row.getLong("held_sequence"),
                    Sql.optionalDigest(row, "held_payload"),
                    row.getLong("next_sequence"),
                    fleetEpoch),
            id)
        .orElseThrow(() -> new StoreException("The cluster is not registered any more", null));
  }

  /**
   * Judges the clusters that were not heard of: late ones and offline ones. A cluster is counted
   * from {@code since} on at the earliest, so that a hub that was away blames nobody.
   *
   * @param late not heard of for longer than this
   * @param offline not heard of for longer than this
   * @return how many clusters changed
   */
  public int sweep(Instant now, Instant since, Duration late, Duration offline) {
    int swept =
        database.inTransaction(
            connection -> {
              List<Changed> changed = new ArrayList<>();
              int count = 0;
              if (now.isAfter(since.plus(offline))) {
                count += turn(connection, Connection.OFFLINE, now.minus(offline), now, changed);
              }
              if (now.isAfter(since.plus(late))) {
                count += turn(connection, Connection.LATE, now.minus(late), now, changed);
              }
              ChangeLog.append(connection, changed, now);
              return count;
            });
    if (swept > 0) {
      changes.announce(Changes.Topic.FLEET);
    }
    return swept;
  }

  private static int turn(
      java.sql.Connection connection,
      Connection to,
      Instant before,
      Instant now,
      List<Changed> changed)
      throws SQLException {
    Object[] from =
        to == Connection.OFFLINE
            ? new Object[] {Connection.ONLINE.name(), Connection.LATE.name()}
            : new Object[] {Connection.ONLINE.name()};
    List<KnownCluster> silent =
        Sql.list(
            connection,
            "select id, name from cluster where connection = any(?) and last_seen_at < ?"
                + " order by id for update",
            row -> new KnownCluster(row.getObject("id", UUID.class), row.getString("name")),
            from,
            before);
    for (KnownCluster cluster : silent) {
      Sql.update(connection, "update cluster set connection = ? where id = ?", to, cluster.id());
      changed.add(Changed.cluster(cluster.name()));
      if (to == Connection.OFFLINE) {
        Clusters.targetsOf(connection, cluster, changed);
        Events.insert(
                connection,
                Event.ofHub(
                    Optional.of(cluster.id()),
                    true,
                    Reason.AGENT_OFFLINE,
                    "Connect",
                    "",
                    Reason.AGENT_OFFLINE.explanation(),
                    now))
            .ifPresent(changed::add);
      }
    }
    return silent.size();
  }
}
