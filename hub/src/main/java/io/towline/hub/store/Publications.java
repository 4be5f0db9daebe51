package io.towline.hub.store;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.hub.store.ChangeLog.Changed;
import io.towline.hub.store.Envelopes.Head;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.TargetState.Held;
import io.towline.hub.store.TargetState.Judged;
import io.towline.vocabulary.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Publishes what was decided for one cluster: its targets and, if its content changed, its next
 * envelope, in one transaction. Thread-safe.
 */
public final class Publications {
  private final Database database;
  private final Changes changes;
  private final Judge judge;
  private final InstantSource clock;

  public Publications(Database database, Changes changes, Judge judge, InstantSource clock) {
    this.database = database;
    this.changes = changes;
    this.judge = judge;
    this.clock = clock;
  }

  /**
   * What a target shall be; what its agent reported stays beside it.
   *
   * @param desired as the envelope has it
   * @param held why it cannot have what Git says
   * @param removing left Git
   */
  public record TargetPlan(
      String bundle,
      String matchedTarget,
      List<String> matchedOverrides,
      Optional<BundleEntry> desired,
      Optional<Held> held,
      boolean removing) {
    public TargetPlan {
      matchedOverrides = List.copyOf(matchedOverrides);
    }

    /** Whether this is what a stored target already is. */
    public boolean same(TargetState state) {
      return matchedTarget.equals(state.matchedTarget())
          && matchedOverrides.equals(state.matchedOverrides())
          && desired.equals(state.desired())
          && held.equals(state.held())
          && removing == state.removing();
    }
  }

  /** A signed envelope with the manifests that it names. Immutable: nobody may change the array. */
  public static final class NewEnvelope {
    private final Head head;
    private final byte[] dsse;
    private final Map<String, Digest> manifests;
    private final boolean complete;

    /**
     * Makes one that has all its signatures.
     *
     * @param dsse the DSSE envelope as JSON
     * @param manifests by bundle
     */
    public NewEnvelope(Head head, byte[] dsse, Map<String, Digest> manifests) {
      this(head, dsse, manifests, true);
    }

    /**
     * Makes one.
     *
     * @param complete whether it has all its signatures; otherwise it waits for them, unpublished
     */
    public NewEnvelope(Head head, byte[] dsse, Map<String, Digest> manifests, boolean complete) {
      this.head = head;
      this.dsse = dsse;
      this.manifests = Map.copyOf(manifests);
      this.complete = complete;
    }

    /** Whether it has all its signatures. */
    public boolean complete() {
      return complete;
    }

    /** What it is. */
    public Head head() {
      return head;
    }

    byte[] dsse() {
      return dsse;
    }

    Map<String, Digest> manifests() {
      return manifests;
    }
  }

  /**
   * All that changes for one cluster.
   *
   * @param targets all targets that the cluster shall have, changed or not
   * @param listed deletions that are new
   * @param unlisted deletions that are no longer wanted
   */
  public record Publication(
      KnownCluster cluster,
      Optional<NewEnvelope> envelope,
      List<TargetPlan> targets,
      List<Deletion> listed,
      List<Deletion> unlisted,
      List<Event> events) {
    public Publication {
      targets = List.copyOf(targets);
      listed = List.copyOf(listed);
      unlisted = List.copyOf(unlisted);
      events = List.copyOf(events);
    }
  }

  /** How a publication went. */
  public enum Outcome {
    /** It is stored. */
    PUBLISHED,
    /** Someone else published for this cluster first: plan again. */
    OVERTAKEN,
    /** A manifest is not in the store any more: render again. */
    BODY_MISSING
  }

  /** Stores a publication whole, or nothing of it. */
  public Outcome publish(Publication publication) {
    Outcome outcome =
        database.inTransaction(
            connection -> {
              Optional<Outcome> refusal = refusal(connection, publication);
              if (refusal.isPresent()) {
                return refusal.get();
              }
              write(connection, publication);
              return Outcome.PUBLISHED;
            });
    if (outcome == Outcome.PUBLISHED) {
      if (publication.envelope().filter(NewEnvelope::complete).isPresent()) {
        changes.announce(Changes.Topic.ENVELOPE);
      }
      changes.announce(Changes.Topic.FLEET);
    }
    return outcome;
  }

  /** Takes the sequence and the bodies, or says why not; nothing was written if it does. */
  private Optional<Outcome> refusal(Connection connection, Publication publication)
      throws SQLException {
    UUID cluster = publication.cluster().id();
    Optional<Long> next =
        Sql.one(
            connection,
            "select next_sequence from cluster where id = ? for update",
            row -> row.getLong(1),
            cluster);
    if (next.isEmpty()) {
      return Optional.of(Outcome.OVERTAKEN);
    }
    if (publication.envelope().isEmpty()) {
      return Optional.empty();
    }
    NewEnvelope envelope = publication.envelope().get();
    if (next.get() != envelope.head().sequence()) {
      return Optional.of(Outcome.OVERTAKEN);
    }
    Set<Digest> wanted = Set.copyOf(envelope.manifests().values());
    if (!BodyStore.touch(connection, wanted, clock.instant()).equals(wanted)) {
      return Optional.of(Outcome.BODY_MISSING);
    }
    Sql.update(
        connection,
        "update cluster set next_sequence = ? where id = ?",
        envelope.head().sequence() + 1,
        cluster);
    return Optional.empty();
  }

  private void write(Connection connection, Publication publication) throws SQLException {
    Instant now = clock.instant();
    KnownCluster cluster = publication.cluster();
    List<Changed> changed = new ArrayList<>();
    if (publication.envelope().isPresent()) {
      NewEnvelope envelope = publication.envelope().get();
      PendingEnvelopes.drop(connection, cluster.id());
      if (envelope.complete()) {
        Envelopes.insert(connection, envelope.head(), envelope.dsse(), envelope.manifests());
      } else {
        PendingEnvelopes.insert(connection, envelope.head(), envelope.dsse(), envelope.manifests());
      }
      changed.add(Changed.cluster(cluster.name()));
    }
    Deletions.drop(connection, cluster.id(), publication.unlisted());
    Deletions.add(connection, cluster.id(), publication.listed());
    writeTargets(connection, publication, now, changed);
    if (publication.targets().stream().anyMatch(TargetPlan::removing)) {
      Removals.finish(connection, cluster, changed);
    }
    for (Event event : publication.events()) {
      Events.insert(connection, event).ifPresent(changed::add);
    }
    ChangeLog.append(connection, changed, now);
  }

  private void writeTargets(
      Connection connection, Publication publication, Instant now, List<Changed> changed)
      throws SQLException {
    KnownCluster cluster = publication.cluster();
    long sequence = publication.envelope().map(envelope -> envelope.head().sequence()).orElse(0L);
    Judge.ClusterWord word = Reports.word(connection, cluster.id());
    Map<String, Integer> pending = Deletions.pending(connection, cluster.id());
    Map<String, TargetState> before =
        Targets.of(connection, cluster.id()).stream()
            .collect(Collectors.toMap(TargetState::bundle, Function.identity()));
    for (TargetPlan plan : publication.targets()) {
      Optional<TargetState> old = Optional.ofNullable(before.remove(plan.bundle()));
      TargetState planned = planned(plan, cluster.id(), old, sequence, now);
      TargetState judged =
          planned.judged(judge.judge(planned, pending.getOrDefault(plan.bundle(), 0), word));
      if (!old.equals(Optional.of(judged))) {
        Targets.put(connection, judged, now);
        changed.add(Changed.target(plan.bundle(), cluster.name()));
        changed.add(Changed.bundle(plan.bundle()));
      }
    }
    for (String gone : before.keySet()) {
      Targets.delete(connection, gone, cluster.id());
      changed.add(Changed.target(gone, cluster.name()));
      Bundles.dropUnused(connection, gone, changed);
    }
  }

  private static TargetState planned(
      TargetPlan plan, UUID cluster, Optional<TargetState> old, long sequence, Instant now) {
    boolean same =
        old.isPresent()
            && old.get().removing() == plan.removing()
            && old.get()
                .desired()
                .map(BundleEntry::manifest)
                .equals(plan.desired().map(BundleEntry::manifest));
    return new TargetState(
        plan.bundle(),
        cluster,
        plan.matchedTarget(),
        plan.matchedOverrides(),
        plan.desired(),
        same ? old.orElseThrow().desiredSince() : now,
        same ? old.orElseThrow().sequence() : sequence,
        plan.held(),
        plan.removing(),
        old.flatMap(TargetState::reported),
        old.map(TargetState::judged).orElse(new Judged(Status.PROGRESSING, Optional.empty(), "")));
  }
}
