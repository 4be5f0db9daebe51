package io.towline.hub.store;

import io.towline.envelope.Deletion;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.DriftLog.Drift;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.Judge.ClusterWord;
import io.towline.hub.store.Judge.Refusal;
import io.towline.hub.store.TargetState.Reported;
import io.towline.vocabulary.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Stores what agents report: each batch in one transaction, each number once. What a batch says of
 * a bundle that the cluster has no target of is left out. Thread-safe.
 */
public final class Reports {
  private final Database database;
  private final Changes changes;
  private final Judge judge;
  private final InstantSource clock;

  public Reports(Database database, Changes changes, Judge judge, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.judge = judge;
    this.clock = clock;
  }

  /** One thing that an agent said. */
  public sealed interface Item {}

  /** The state of one bundle. */
  public record TargetSaid(String bundle, Reported report) implements Item {}

  /** A bundle is gone from the cluster. */
  public record TargetGone(String bundle) implements Item {}

  /** A live object differed. */
  public record DriftSaid(Drift drift) implements Item {}

  /** Something happened. */
  public record EventSaid(Event event) implements Item {}

  /**
   * What the agent's verification said of an envelope.
   *
   * @param refusal empty if it was accepted
   */
  public record VerdictSaid(long epoch, long sequence, Optional<Refusal> refusal) implements Item {}

  /** A deletion was carried out, or need not be. */
  public record Deleted(Deletion deletion) implements Item {}

  /**
   * One numbered batch.
   *
   * @param incarnation grows with every start of the agent
   * @param number from 1 within the incarnation
   * @param fullState the target items are all there is: what they do not name was never reported
   */
  public record Batch(long incarnation, long number, boolean fullState, List<Item> items) {
    public Batch {
      items = List.copyOf(items);
    }
  }

  /** Where the hub stands with a cluster's reports. */
  public record Numbered(long incarnation, long number) {}

  /**
   * A target came to run what was published for it.
   *
   * @param after how long after it was published
   */
  public record Arrival(String bundle, Duration after) {}

  /**
   * What a batch did.
   *
   * @param stored what is stored now
   * @param arrivals targets that became Ready with what is desired
   * @param drift divergences of targets that the cluster has
   */
  public record Taken(Numbered stored, List<Arrival> arrivals, List<Drift> drift) {
    public Taken {
      arrivals = List.copyOf(arrivals);
      drift = List.copyOf(drift);
    }

    static Taken nothing(Numbered stored) {
      return new Taken(stored, List.of(), List.of());
    }
  }

  /**
   * An agent started, or came back. A younger incarnation starts at number 0; an older one than the
   * stored one stays without effect.
   *
   * @return what is stored now
   */
  public Numbered hello(KnownCluster cluster, long incarnation) {
    return database.inTransaction(
        connection -> {
          Numbered stored = lock(connection, cluster.id());
          if (incarnation <= stored.incarnation()) {
            return stored;
          }
          number(connection, cluster.id(), new Numbered(incarnation, 0));
          return new Numbered(incarnation, 0);
        });
  }

  /**
   * Stores a batch, unless its number or a higher one of this incarnation is stored, it leaves a
   * gap, or a younger incarnation has spoken.
   */
  public Taken take(KnownCluster cluster, Batch batch) {
    Set<Changed> changed = new HashSet<>();
    Taken taken =
        database.inTransaction(
            connection -> {
              Numbered stored = lock(connection, cluster.id());
              if (batch.incarnation() != stored.incarnation()
                  || batch.number() != stored.number() + 1) {
                return Taken.nothing(stored);
              }
              Numbered next = new Numbered(batch.incarnation(), batch.number());
              List<Drift> drift = new ArrayList<>();
              List<Arrival> arrivals = store(connection, cluster, batch, drift, changed);
              number(connection, cluster.id(), next);
              ChangeLog.append(connection, changed, clock.instant());
              return new Taken(next, arrivals, drift);
            });
    if (!changed.isEmpty()) {
      changes.announce(Changes.Topic.FLEET);
    }
    return taken;
  }

  private static Numbered lock(Connection connection, UUID cluster) throws SQLException {
    return Sql.one(
            connection,
            "select report_incarnation, report_number from cluster where id = ? for update",
            row -> new Numbered(row.getLong(1), row.getLong(2)),
            cluster)
        .orElseThrow(() -> new StoreException("The cluster is not registered any more", null));
  }

  private static void number(Connection connection, UUID cluster, Numbered numbered)
      throws SQLException {
    Sql.update(
        connection,
        "update cluster set report_incarnation = ?, report_number = ? where id = ?",
        numbered.incarnation(),
        numbered.number(),
        cluster);
  }

  private List<Arrival> store(
      Connection connection,
      KnownCluster cluster,
      Batch batch,
      List<Drift> drift,
      Set<Changed> changed)
      throws SQLException {
    Map<String, TargetState> targets =
        Targets.of(connection, cluster.id()).stream()
            .collect(Collectors.toMap(TargetState::bundle, Function.identity()));
    Set<String> touched = new HashSet<>();
    Set<String> named = new HashSet<>();
    List<Deletion> deleted = new ArrayList<>();
    boolean allTouched = false;
    for (Item item : batch.items()) {
      switch (item) {
        case TargetSaid said -> {
          named.add(said.bundle());
          touched.add(said.bundle());
          targets.computeIfPresent(
              said.bundle(), (bundle, target) -> target.reported(said.report()));
        }
        case TargetGone gone -> {
          touched.add(gone.bundle());
          targets.computeIfPresent(gone.bundle(), (bundle, target) -> target.unreported());
        }
        case DriftSaid said -> {
          if (targets.containsKey(said.drift().bundle())) {
            DriftLog.put(connection, cluster.id(), said.drift());
            drift.add(said.drift());
            changed.add(Changed.drift(said.drift().bundle(), cluster.name(), said.drift().id()));
          }
        }
        case EventSaid said -> Events.insert(connection, said.event()).ifPresent(changed::add);
        case VerdictSaid verdict -> {
          verdict(connection, cluster, verdict, changed);
          allTouched = true;
        }
        case Deleted done -> {
          deleted.add(done.deletion());
          touched.add(done.deletion().bundle());
        }
      }
    }
    if (batch.fullState()) {
      for (String bundle : Set.copyOf(targets.keySet())) {
        if (!named.contains(bundle)) {
          touched.add(bundle);
          targets.computeIfPresent(bundle, (name, target) -> target.unreported());
        }
      }
    }
    Deletions.drop(connection, cluster.id(), deleted);
    List<Arrival> arrivals =
        judge(connection, cluster, targets, allTouched ? targets.keySet() : touched, changed);
    if (targets.values().stream().anyMatch(TargetState::removing)) {
      List<Changed> finished = new ArrayList<>();
      Removals.finish(connection, cluster, finished);
      changed.addAll(finished);
    }
    return arrivals;
  }

  private List<Arrival> judge(
      Connection connection,
      KnownCluster cluster,
      Map<String, TargetState> targets,
      Set<String> touched,
      Set<Changed> changed)
      throws SQLException {
    Instant now = clock.instant();
    List<Arrival> arrivals = new ArrayList<>();
    ClusterWord word = word(connection, cluster.id());
    Map<String, Integer> pending = Deletions.pending(connection, cluster.id());
    for (String bundle : touched) {
      TargetState target = targets.get(bundle);
      if (target == null) {
        continue;
      }
      TargetState judged =
          target.judged(judge.judge(target, pending.getOrDefault(bundle, 0), word));
      Targets.put(connection, judged, now);
      if (arrived(target, judged)) {
        arrivals.add(new Arrival(bundle, Duration.between(target.desiredSince(), now)));
      }
      changed.add(Changed.target(bundle, cluster.name()));
      changed.add(Changed.bundle(bundle));
    }
    return arrivals;
  }

  /** A target that recovers without anything new being published has not arrived but healed. */
  private static boolean arrived(TargetState before, TargetState after) {
    return before.judged().status() == Status.PROGRESSING
        && after.judged().status() == Status.READY;
  }

  private static void verdict(
      Connection connection, KnownCluster cluster, VerdictSaid verdict, Set<Changed> changed)
      throws SQLException {
    // Of an envelope that is not the newest any more nobody needs to know why it was refused.
    long newest = Envelopes.head(connection, cluster.id()).map(Envelopes.Head::sequence).orElse(0L);
    if (verdict.sequence() < newest) {
      return;
    }
    Sql.update(
        connection,
        "update cluster set verdict_reason = ?, verdict_message = ?, verdict_sequence = ?"
            + " where id = ?",
        verdict.refusal().map(Refusal::reason),
        verdict.refusal().map(Refusal::message),
        verdict.sequence(),
        cluster.id());
    changed.add(Changed.cluster(cluster.name()));
  }

  /**
   * What the cluster says as a whole: a refusal counts while the refused envelope is the newest.
   */
  static ClusterWord word(Connection connection, UUID cluster) throws SQLException {
    long newest = Envelopes.head(connection, cluster).map(Envelopes.Head::sequence).orElse(0L);
    return Sql.one(
            connection,
            "select verdict_reason, verdict_message, verdict_sequence from cluster where id = ?"
                + " and verdict_reason is not null and verdict_sequence >= ?",
            row ->
                new ClusterWord(
                    Optional.of(
                        new Refusal(
                            Sql.optionalReason(row, "verdict_reason").orElseThrow(),
                            Sql.optionalText(row, "verdict_message").orElse(""),
                            row.getLong("verdict_sequence")))),
            cluster,
            newest)
        .orElse(new ClusterWord(Optional.empty()));
  }
}
