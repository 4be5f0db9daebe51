package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Suspension;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the cluster what the desired state says, in one pass: foundations of all bundles, then each
 * bundle by its plan, then the deletions. Idempotent: what is confirmed is not sent again, so that
 * a pass over an unchanged state sends nothing. One pass at a time.
 */
public final class Reconciler {
  private static final Duration UNREACHABLE_FIRST = Duration.ofSeconds(1);
  private static final Duration UNREACHABLE_LONGEST = Duration.ofSeconds(20);

  /** Where nothing is applied, nothing else notices that a definition was installed. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

  private final Discovery discovery;
  private final ObjectApplier applier;
  private final Inventory inventory;
  private final Accounts accounts;
  private final BundleReadiness readiness;
  private final ApplyListener listener;
  private final Attempts attempts;
  private final Pruner pruner;
  private final Establishment establishment;
  private final Pace pace;
  private int unreachablePasses;

  public Reconciler(
      KubeApi api,
      Discovery discovery,
      ObjectApplier applier,
      Inventory inventory,
      Accounts accounts,
      BundleReadiness readiness,
      ApplyListener listener,
      ApplyConfig config,
      Pace pace) {
    this.discovery = discovery;
    this.applier = applier;
    this.inventory = inventory;
    this.accounts = accounts;
    this.readiness = readiness;
    this.listener = listener;
    this.attempts = new Attempts(config, pace);
    this.pruner = new Pruner(api, discovery, inventory, accounts, attempts);
    this.establishment = new Establishment(api, discovery, config.establishTimeout(), pace);
    this.pace = pace;
  }

  /**
   * One pass.
   *
   * @param superseded turns true when there is something newer: the pass then ends early
   * @return when to come again by itself; empty if nothing is left to do
   * @throws IOException if the inventory cannot be written; nothing is applied then
   */
  public Optional<Instant> pass(DesiredState state, BooleanSupplier superseded)
      throws IOException, InterruptedException {
    if (accounts.readOnly()) {
      return withhold(state);
    }
    PassState pass = new PassState(superseded);
    forgetWhatLeft(state);
    List<BundleRun> runs = new ArrayList<>();
    Set<String> incomplete = new HashSet<>();
    List<Suspension> suspended = state.suspendedAt(pace.clock().instant());
    // Their deletions wait, too.
    suspended.stream()
        .filter(suspension -> suspension.extent() == Suspension.Extent.EVERYTHING)
        .forEach(suspension -> incomplete.add(suspension.bundle()));
    for (DesiredBundle bundle : state.bundles()) {
      ApplyPlan plan = ApplyPlan.of(bundle, inventory);
      if (incomplete.contains(bundle.name())) {
        listener.bundle(
            untried(
                state,
                plan,
                new AppliedBundle.Outcome.Suspended(bundle.suspended().orElseThrow().why())));
        continue;
      }
      Optional<String> missing = plan.isEmpty() ? Optional.empty() : missingDependency(bundle);
      if (missing.isPresent()) {
        incomplete.add(bundle.name());
        listener.bundle(untried(state, plan, new AppliedBundle.Outcome.Waiting(missing.get())));
      } else {
        runs.add(
            new BundleRun(
                plan, new BundleRun.Pass(applier, inventory, attempts, readiness, listener, pass)));
      }
    }
    refreshIfKindsAreUnknown(
        runs.stream().flatMap(run -> run.afterFoundations().stream()).toList());
    for (BundleRun run : runs) {
      run.foundations();
    }
    for (AppliedBundle result : inParallel(runs, state.sequence(), pass)) {
      if (!result.whole()) {
        incomplete.add(result.bundle());
      }
      listener.bundle(result);
    }
    if (!pass.stopped()) {
      for (DeletionOutcome outcome : pruner.prune(state, incomplete, pass)) {
        listener.deletion(outcome, state.sequence());
      }
    }
    return next(pass, suspended);
  }

  /** Says of every bundle that nothing of it was applied, and which kinds are not served. */
  private Optional<Instant> withhold(DesiredState state) throws InterruptedException {
    refreshIfKindsAreUnknown(state.bundles().stream().flatMap(b -> b.objects().stream()).toList());
    boolean complete = true;
    for (DesiredBundle bundle : state.bundles()) {
      List<ObjectProblem> unknown = new ArrayList<>();
      for (ManifestEntry entry : bundle.objects()) {
        if (!isServed(entry.ref())) {
          unknown.add(ObjectApplier.unknownKind(entry.ref()));
        }
      }
      complete &= unknown.isEmpty();
      listener.bundle(
          new AppliedBundle(
              bundle.name(),
              state.sequence(),
              bundle.manifest(),
              bundle.objects().size(),
              0,
              unknown,
              unknown.isEmpty()
                  ? new AppliedBundle.Outcome.Withheld()
                  : new AppliedBundle.Outcome.Incomplete(
                      Reason.KIND_UNKNOWN, unknown.getFirst().message())));
    }
    return complete ? Optional.empty() : Optional.of(pace.clock().instant().plus(LOOK_AGAIN));
  }

  private boolean isServed(ObjectRef ref) throws InterruptedException {
    try {
      return discovery.find(ref).isPresent();
    } catch (KubeException e) {
      // What the API server does not tell is no reason to complain of the object.
      return true;
    }
  }

  /** Lets what failed be tried at once: something changed that may help. */
  public void wake() {
    attempts.wake();
  }

  private Optional<Instant> next(PassState pass, List<Suspension> suspended) {
    if (pass.isUnreachable()) {
      unreachablePasses++;
      return Optional.of(
          pace.clock()
              .instant()
              .plus(pace.backoff(UNREACHABLE_FIRST, UNREACHABLE_LONGEST, unreachablePasses)));
    }
    unreachablePasses = 0;
    return Stream.concat(
            attempts.next().stream(), suspended.stream().flatMap(one -> one.until().stream()))
        .min(Instant::compareTo);
  }

  private void forgetWhatLeft(DesiredState state) throws IOException {
    Set<ObjectIdentity> current = state.identities();
    state.deletions().forEach(deletion -> current.add(deletion.ref().identity()));
    attempts.retain(current);
    Set<String> names =
        state.bundles().stream().map(DesiredBundle::name).collect(Collectors.toSet());
    inventory.write(
        inventory.bundles().stream()
            .filter(name -> !names.contains(name))
            .<InventoryChange>map(InventoryChange.Forget::new)
            .toList());
    inventory.write(
        state.bundles().stream()
            .flatMap(bundle -> bundle.objects().stream().filter(bundle::leavesAlone))
            .map(entry -> entry.ref().identity())
            .filter(identity -> inventory.find(identity).isPresent())
            .<InventoryChange>map(InventoryChange.Remove::new)
            .toList());
  }

  private Optional<String> missingDependency(DesiredBundle bundle) {
    return bundle.policy().dependsOn().stream().filter(name -> !readiness.ready(name)).findFirst();
  }

  private static AppliedBundle untried(
      DesiredState state, ApplyPlan plan, AppliedBundle.Outcome outcome) {
    return new AppliedBundle(
        plan.bundle().name(),
        state.sequence(),
        plan.bundle().manifest(),
        plan.bundle().objects().size(),
        plan.confirmed(),
        List.of(),
        outcome);
  }

  /** One refresh a pass: a kind may have been installed since the last one. */
  private void refreshIfKindsAreUnknown(List<ManifestEntry> entries) throws InterruptedException {
    try {
      for (ManifestEntry entry : entries) {
        if (discovery.find(entry.ref()).isEmpty()) {
          discovery.refresh();
          return;
        }
      }
    } catch (KubeException e) {
      // What is not known is found out, and told, object by object.
    }
  }

  private List<AppliedBundle> inParallel(List<BundleRun> runs, long sequence, PassState pass)
      throws IOException, InterruptedException {
    List<Future<AppliedBundle>> running = new ArrayList<>();
    List<AppliedBundle> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (BundleRun run : runs) {
        running.add(threads.submit(() -> run(run, sequence, pass)));
      }
      for (Future<AppliedBundle> one : running) {
        try {
          results.add(one.get());
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
    return results;
  }

  private AppliedBundle run(BundleRun run, long sequence, PassState pass)
      throws IOException, InterruptedException {
    Set<String> definitions = run.appliedDefinitions();
    if (!definitions.isEmpty() && !pass.stopped()) {
      try {
        establishment.await(
            accounts.of(run.bundle().policy().apply().serviceAccount()),
            run.bundle().name(),
            definitions,
            definedBy(definitions, run.afterFoundations()));
      } catch (KubeException e) {
        if (e.code() == KubeException.UNREACHABLE) {
          pass.unreachable();
        }
        if (e.passing()) {
          return run.abandoned(
              sequence, Reason.API_SERVER_UNAVAILABLE, "the definitions could not be waited for");
        }
      }
    }
    run.steps();
    return run.finish(sequence);
  }

  /** A definition is named {@code <plural>.<group>}: the objects of its group wait for it. */
  private static List<ObjectRef> definedBy(Set<String> definitions, List<ManifestEntry> entries) {
    Set<String> groups =
        definitions.stream()
            .map(name -> name.substring(name.indexOf('.') + 1))
            .collect(Collectors.toSet());
    return entries.stream()
        .map(ManifestEntry::ref)
        .filter(ref -> groups.contains(ref.group()))
        .toList();
  }
}
