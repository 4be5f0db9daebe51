package io.towline.agent.observe;

import io.towline.agent.apply.Account;
import io.towline.agent.apply.Accounts;
import io.towline.agent.apply.AppliedBundle;
import io.towline.agent.apply.Bell;
import io.towline.agent.apply.DeletionOutcome;
import io.towline.agent.apply.DesiredBundle;
import io.towline.agent.apply.DesiredState;
import io.towline.agent.apply.Inventory;
import io.towline.agent.apply.ObjectProblem;
import io.towline.agent.apply.Pace;
import io.towline.envelope.Deletion;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Knows every target's facts and tells its state whenever it becomes another one. Changes that come
 * close together are told as one. Safe for many threads.
 */
final class Targets implements AutoCloseable {
  private static final Duration IDLE = Duration.ofHours(1);

  /** A watch that cannot be had for a passing reason is told only after this long. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Everything known of one target; guarded by the monitor of {@link Targets}. */
  private static final class Target {
    private DesiredBundle bundle;
    private long sequence;
    private List<TrackedObject> objects = List.of();
    private Optional<AppliedBundle> applied = Optional.empty();
    private Instant appliedSince = Instant.EPOCH;
    private final Map<Deletion, ObjectProblem> pruning = new LinkedHashMap<>();
    private Optional<Observation.TargetState> told = Optional.empty();
    private Optional<Instant> again = Optional.empty();

    Target(DesiredBundle bundle) {
      this.bundle = bundle;
    }
  }

  private final Inventory inventory;
  private final Accounts accounts;
  private final Watches watches;
  private final ObservationSink sink;
  private final ObserveConfig config;
  private final Pace pace;
  private final Bell reconcile;
  private final Bell bell = new Bell();
  private final Map<String, Target> targets = new HashMap<>();

  /** Beside the monitor, because it is marked while an object's monitor is held. */
  private final Set<String> dirty = ConcurrentHashMap.newKeySet();

  private final Thread thread;
  private volatile boolean closed;

  Targets(
      Inventory inventory,
      Accounts accounts,
      Watches watches,
      ObservationSink sink,
      ObserveConfig config,
      Bell reconcile,
      Pace pace) {
    this.inventory = inventory;
    this.accounts = accounts;
    this.watches = watches;
    this.sink = sink;
    this.config = config;
    this.reconcile = reconcile;
    this.pace = pace;
    this.thread = Thread.ofVirtual().name("towline-targets").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** These are the targets from now on. */
  void desired(DesiredState state, Map<String, List<TrackedObject>> objects) {
    List<String> left;
    synchronized (this) {
      Set<String> names = new HashSet<>();
      for (DesiredBundle bundle : state.bundles()) {
        names.add(bundle.name());
        Target target = targets.computeIfAbsent(bundle.name(), n -> new Target(bundle));
        if (!target.bundle.manifest().equals(bundle.manifest())) {
          target.applied = Optional.empty();
        }
        target.bundle = bundle;
        target.sequence = state.sequence();
        target.objects = List.copyOf(objects.getOrDefault(bundle.name(), List.of()));
        target.pruning.keySet().retainAll(state.deletions());
        dirty.add(bundle.name());
      }
      left = targets.keySet().stream().filter(name -> !names.contains(name)).toList();
      left.forEach(targets::remove);
    }
    left.forEach(name -> sink.accept(new Observation.TargetGone(name, pace.clock().instant())));
    bell.ring();
  }

  /** A pass is through with a bundle. */
  void applied(AppliedBundle result) {
    synchronized (this) {
      Target target = targets.get(result.bundle());
      if (target == null || !target.bundle.manifest().equals(result.manifest())) {
        return;
      }
      boolean alike =
          target.applied.map(AppliedBundle::reason).equals(Optional.of(result.reason()));
      if (!alike) {
        target.appliedSince = pace.clock().instant();
      }
      target.applied = Optional.of(result);
    }
    changed(result.bundle());
  }

  /** What became of a deletion. */
  void deletion(DeletionOutcome outcome) {
    Deletion deletion = outcome.deletion();
    synchronized (this) {
      Target target = targets.get(deletion.bundle());
      if (target == null) {
        return;
      }
      switch (outcome) {
        case DeletionOutcome.Done done -> target.pruning.remove(deletion);
        case DeletionOutcome.Pending pending ->
            target.pruning.put(
                deletion,
                new ObjectProblem(deletion.ref(), Reason.PRUNE_FAILED, "waits for its finalizers"));
        case DeletionOutcome.Failed failed ->
            target.pruning.put(
                deletion, new ObjectProblem(deletion.ref(), failed.reason(), failed.message()));
      }
    }
    changed(deletion.bundle());
  }

  /** Something of that bundle may be different now. */
  void changed(String bundle) {
    dirty.add(bundle);
    bell.ring();
  }

  /** Every target may be different now. */
  void allChanged() {
    synchronized (this) {
      dirty.addAll(targets.keySet());
    }
    bell.ring();
  }

  synchronized boolean ready(String bundle) {
    Target target = targets.get(bundle);
    return target != null
        && target
            .told
            .filter(state -> state.status() == Status.READY)
            .filter(state -> state.desiredManifest().equals(target.bundle.manifest()))
            .isPresent();
  }

  /** The states that were told last. */
  synchronized List<Observation.TargetState> told() {
    return targets.values().stream().flatMap(target -> target.told.stream()).toList();
  }

  private void run() {
    try {
      while (!closed) {
        bell.await(untilNext());
        for (String name : due()) {
          tell(name);
        }
        pace.sleeper().sleep(config.publishInterval());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Duration untilNext() {
    Instant now = pace.clock().instant();
    return targets.values().stream()
        .flatMap(target -> target.again.stream())
        .min(Instant::compareTo)
        .map(at -> at.isAfter(now) ? Duration.between(now, at) : Duration.ZERO)
        .orElse(IDLE);
  }

  private synchronized List<String> due() {
    Instant now = pace.clock().instant();
    targets.forEach(
        (name, target) -> {
          if (target.again.filter(at -> !at.isAfter(now)).isPresent()) {
            dirty.add(name);
          }
        });
    List<String> due = List.copyOf(dirty);
    due.forEach(dirty::remove);
    return due;
  }

  private void tell(String name) {
    Observation.TargetState state;
    boolean wakes;
    synchronized (this) {
      Target target = targets.get(name);
      if (target == null) {
        return;
      }
      state = stateOf(target);
      if (target.told.filter(state::saysTheSameAs).isPresent()) {
        return;
      }
      boolean wasReady = ready(name);
      target.told = Optional.of(state);
      wakes = !wasReady && ready(name) && hasDependents(name);
    }
    sink.accept(state);
    if (wakes) {
      reconcile.ring();
    }
  }

  private boolean hasDependents(String name) {
    return targets.values().stream()
        .anyMatch(target -> target.bundle.policy().dependsOn().contains(name));
  }

  private Observation.TargetState stateOf(Target target) {
    Instant now = pace.clock().instant();
    Set<ObjectIdentity> awaited =
        target
            .applied
            .filter(result -> result.outcome() instanceof AppliedBundle.Outcome.Held)
            .map(result -> ((AppliedBundle.Outcome.Held) result.outcome()).awaited())
            .orElse(Set.of());
    List<TargetJudge.ObjectFacts> facts = new ArrayList<>(target.objects.size());
    for (TrackedObject object : target.objects) {
      facts.add(factsOf(object, awaited.contains(object.ref().identity())));
    }
    List<ObjectProblem> watching = watchProblems(target, now);
    TargetJudge.Verdict verdict =
        TargetJudge.judge(
            target.applied,
            target.appliedSince,
            facts,
            List.copyOf(target.pruning.values()),
            watching,
            target.bundle.policy().health().timeout(),
            now);
    target.again = verdict.again();
    return new Observation.TargetState(
        target.bundle.name(),
        verdict.status(),
        verdict.reason(),
        verdict.message(),
        verdict.problems(),
        target.objects.size(),
        verdict.current(),
        target.sequence,
        target.bundle.manifest(),
        inventory.appliedManifest(target.bundle.name()),
        now);
  }

  private TargetJudge.ObjectFacts factsOf(TrackedObject object, boolean awaited) {
    synchronized (object) {
      Optional<Reason> drift = object.drift.map(this::reasonOf);
      return new TargetJudge.ObjectFacts(
          object.ref(),
          object.settled() || object.drift.isPresent(),
          object.present,
          awaited ? object.waveHealth : object.health,
          awaited,
          object.notCurrentSince,
          object.drift.filter(open -> !open.told().isEmpty()).isPresent()
              ? drift
              : Optional.empty(),
          object.drift.map(Targets::driftMessage).orElse(""));
    }
  }

  private Reason reasonOf(TrackedObject.OpenDrift open) {
    if (accounts.readOnly()) {
      return Reason.READ_ONLY;
    }
    return open.told().stream().anyMatch(d -> d.action() == Observation.Action.FAILED)
        ? Reason.DRIFT_CORRECTION_FAILED
        : Reason.DRIFT_DETECTED;
  }

  private static String driftMessage(TrackedObject.OpenDrift open) {
    for (Observation.Drift drift : open.told()) {
      if (!drift.message().isEmpty()) {
        return drift.message();
      }
      if (drift.operation() == Observation.Operation.DELETE) {
        return "was deleted";
      }
      String who = drift.manager().isEmpty() ? "" : " by " + drift.manager();
      return drift.fields().size() == 1
          ? drift.fields().getFirst().path() + " was changed" + who
          : drift.fields().size() + " fields were changed" + who;
    }
    return "";
  }

  private List<ObjectProblem> watchProblems(Target target, Instant now) {
    Map<String, ObjectProblem> problems = new LinkedHashMap<>();
    Set<String> looked = new HashSet<>();
    Optional<Account> account = accounts.find(target.bundle.policy().apply().serviceAccount());
    if (account.isEmpty()) {
      return List.of();
    }
    for (TrackedObject object : target.objects) {
      ObjectRef ref = object.ref();
      if (!looked.add(ref.apiVersion() + "/" + ref.kind() + "/" + ref.namespace())) {
        continue;
      }
      watches
          .failure(account.get(), ref)
          .ifPresent(
              failure ->
                  problem(account.get(), ref, failure, now)
                      .ifPresent(p -> problems.put(ref.kind(), p)));
    }
    return List.copyOf(problems.values());
  }

  private static Optional<ObjectProblem> problem(
      Account account, ObjectRef ref, Watches.Failure failure, Instant now) {
    if (failure.cause().code() == 403) {
      return Optional.of(
          new ObjectProblem(
              ref, Reason.FORBIDDEN, account + " may not list and watch " + ref.kind()));
    }
    return Duration.between(failure.since(), now).compareTo(PATIENCE) > 0
        ? Optional.of(
            new ObjectProblem(ref, Reason.API_SERVER_UNAVAILABLE, "its kind cannot be watched"))
        : Optional.empty();
  }

  @Override
  public void close() {
    closed = true;
    bell.ring();
    thread.interrupt();
  }
}
