package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One bundle in one pass: carries its plan out. Before an object is applied the inventory holds the
 * intent; after the answer it holds the UID. What fails is noted and stops no other object of its
 * wave. A later wave is begun only when everything of the earlier ones is applied and ready; until
 * then the run ends, and a later pass goes on.
 */
final class BundleRun {
  /** Answers that are written into the inventory at once. */
  private static final int CONFIRM_BATCH = 64;

  private final ApplyPlan plan;
  private final Pass pass;
  private final List<ObjectProblem> problems = new ArrayList<>();
  private final List<InventoryChange> unwritten = new ArrayList<>();
  private final Set<String> appliedDefinitions = new HashSet<>();
  private int confirmed;
  private boolean interrupted;
  private Optional<AppliedBundle.Outcome.Held> held = Optional.empty();

  /** What all bundles of a pass share. */
  record Pass(
      ObjectApplier applier,
      Inventory inventory,
      Attempts attempts,
      BundleReadiness readiness,
      ApplyListener listener,
      PassState state) {}

  BundleRun(ApplyPlan plan, Pass pass) {
    this.plan = plan;
    this.pass = pass;
    this.confirmed = plan.confirmed();
  }

  DesiredBundle bundle() {
    return plan.bundle();
  }

  /** Namespaces and definitions. */
  void foundations() throws IOException, InterruptedException {
    apply(plan.foundations());
  }

  /** Definitions that this pass applied and that may not be served yet. */
  synchronized Set<String> appliedDefinitions() {
    return Set.copyOf(appliedDefinitions);
  }

  /** Objects that come after the foundations. */
  List<ManifestEntry> afterFoundations() {
    return plan.steps().stream().flatMap(step -> step.objects().stream()).toList();
  }

  /** The steps in order, as far as they may go. */
  void steps() throws IOException, InterruptedException {
    int before = problemCount();
    Optional<Stage> reached = Optional.empty();
    for (ApplyPlan.Step step : plan.steps()) {
      boolean begins = !reached.equals(Optional.of(step.stage()));
      if (begins && problemCount() > before) {
        hold(step, reached.orElseThrow().wave());
        continue;
      }
      if (begins && isHeld(step.stage())) {
        return;
      }
      reached = Optional.of(step.stage());
      apply(step.objects());
    }
  }

  private synchronized void hold(ApplyPlan.Step step, int wave) {
    for (ManifestEntry entry : step.objects()) {
      problems.add(
          new ObjectProblem(
              entry.ref(), Reason.PROGRESSING, "waits until wave " + wave + " is applied"));
    }
  }

  private boolean isHeld(Stage stage) {
    Set<ObjectIdentity> awaited = new HashSet<>();
    for (ManifestEntry entry : plan.before(stage)) {
      if (!pass.readiness().ready(entry.ref().identity())) {
        awaited.add(entry.ref().identity());
      }
    }
    if (awaited.isEmpty()) {
      return false;
    }
    synchronized (this) {
      held = Optional.of(new AppliedBundle.Outcome.Held(stage.wave(), awaited));
    }
    return true;
  }

  private synchronized int problemCount() {
    return problems.size();
  }

  private void apply(List<ManifestEntry> entries) throws IOException, InterruptedException {
    List<ManifestEntry> due = new ArrayList<>();
    for (ManifestEntry entry : entries) {
      Optional<ObjectProblem> resting =
          pass.attempts().resting(entry.ref().identity(), entry.digest());
      if (resting.isPresent()) {
        note(resting.get());
      } else {
        due.add(entry);
      }
    }
    if (due.isEmpty() || stopped()) {
      return;
    }
    pass.inventory().write(due.stream().map(this::intent).toList());
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (ManifestEntry entry : due) {
        running.add(
            threads.submit(
                () -> {
                  applyOne(entry);
                  return true;
                }));
      }
      join(running);
    }
    flush(List.of());
  }

  private static void join(List<Future<?>> running) throws IOException, InterruptedException {
    for (Future<?> one : running) {
      try {
        one.get();
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case IOException io -> throw io;
          case RuntimeException bug -> throw bug;
          case InterruptedException interrupt -> throw interrupt;
          case null, default -> throw new IllegalStateException(e.getCause());
        }
      }
    }
  }

  private InventoryChange intent(ManifestEntry entry) {
    return new InventoryChange.Put(inventoryEntry(entry, uidOf(entry.ref().identity()), false));
  }

  private Optional<String> uidOf(ObjectIdentity identity) {
    return pass.inventory().find(identity).flatMap(InventoryEntry::uid);
  }

  private InventoryEntry inventoryEntry(
      ManifestEntry entry, Optional<String> uid, boolean confirmed) {
    return new InventoryEntry(
        entry.ref(),
        bundle().name(),
        bundle().policy().apply().serviceAccount(),
        entry.digest(),
        uid,
        confirmed,
        entry.wave());
  }

  private void applyOne(ManifestEntry entry) throws IOException, InterruptedException {
    if (stopped()) {
      return;
    }
    ObjectIdentity identity = entry.ref().identity();
    ObjectApplier.Task task =
        new ObjectApplier.Task(entry, bundle().name(), bundle().policy(), uidOf(identity));
    ObjectApplier.Result result =
        pass.listener().applying(identity)
            ? pass.applier().correct(task)
            : pass.applier().apply(task);
    switch (result) {
      case ObjectApplier.Result.Applied applied -> {
        pass.attempts().succeeded(identity);
        pass.state().reached();
        InventoryEntry kept =
            inventoryEntry(entry, Optional.of(applied.live().uid()), applied.whole());
        pass.listener().applied(kept, applied.live());
        confirm(kept);
      }
      case ObjectApplier.Result.Left left -> {
        pass.attempts().succeeded(identity);
        pass.state().reached();
        pass.listener().left(entry, left.uid().isPresent());
        confirm(inventoryEntry(entry, left.uid(), false));
      }
      case ObjectApplier.Result.Refused refused -> {
        pass.listener().refused(identity);
        if (refused.unreachable()) {
          pass.state().unreachable();
        } else {
          pass.attempts().failed(identity, entry.digest(), refused.problem(), refused.retryAfter());
        }
        note(refused.problem());
      }
    }
  }

  private void confirm(InventoryEntry kept) throws IOException {
    List<InventoryChange> batch = List.of();
    synchronized (this) {
      confirmed++;
      if (KindOrder.isDefinition(kept.ref())) {
        appliedDefinitions.add(kept.ref().name());
      }
      unwritten.add(new InventoryChange.Put(kept));
      if (unwritten.size() >= CONFIRM_BATCH) {
        batch = List.copyOf(unwritten);
        unwritten.clear();
      }
    }
    pass.inventory().write(batch);
  }

  private void flush(List<InventoryChange> more) throws IOException {
    List<InventoryChange> batch;
    synchronized (this) {
      batch = new ArrayList<>(unwritten);
      unwritten.clear();
    }
    batch.addAll(more);
    pass.inventory().write(batch);
  }

  private synchronized void note(ObjectProblem problem) {
    problems.add(problem);
  }

  private boolean stopped() {
    if (!pass.state().stopped()) {
      return false;
    }
    synchronized (this) {
      interrupted = true;
    }
    return true;
  }

  /** What it came to; a manifest that is whole is remembered as such. */
  AppliedBundle finish(long sequence) throws IOException {
    AppliedBundle.Outcome outcome = outcome();
    if (outcome instanceof AppliedBundle.Outcome.Whole
        && !pass.inventory()
            .appliedManifest(bundle().name())
            .equals(Optional.of(bundle().manifest()))) {
      flush(List.of(new InventoryChange.Whole(bundle().name(), bundle().manifest())));
    }
    return result(sequence, outcome);
  }

  /** What it came to when it could not go on. */
  AppliedBundle abandoned(long sequence, Reason reason, String message) {
    return result(sequence, new AppliedBundle.Outcome.Incomplete(reason, message));
  }

  private synchronized AppliedBundle.Outcome outcome() {
    if (pass.state().isUnreachable() && confirmed < bundle().objects().size()) {
      return new AppliedBundle.Outcome.Incomplete(
          Reason.API_SERVER_UNAVAILABLE, "the API server does not answer");
    }
    if (!problems.isEmpty()) {
      ObjectProblem worst =
          problems.stream()
              .filter(p -> p.reason().remedy() == Remedy.CHANGE)
              .findFirst()
              .or(() -> problems.stream().filter(p -> p.reason() != Reason.PROGRESSING).findFirst())
              .orElse(problems.getFirst());
      return new AppliedBundle.Outcome.Incomplete(
          worst.reason(), worst.object() + ": " + worst.message());
    }
    if (held.isPresent() && !interrupted) {
      return held.get();
    }
    return interrupted || confirmed < bundle().objects().size()
        ? new AppliedBundle.Outcome.Interrupted()
        : new AppliedBundle.Outcome.Whole();
  }

  private synchronized AppliedBundle result(long sequence, AppliedBundle.Outcome outcome) {
    return new AppliedBundle(
        bundle().name(),
        sequence,
        bundle().manifest(),
        bundle().objects().size(),
        confirmed,
        problems,
        outcome);
  }
}
