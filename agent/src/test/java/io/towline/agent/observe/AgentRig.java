package io.towline.agent.observe;

import io.towline.agent.apply.Accounts;
import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.Bell;
import io.towline.agent.apply.DesiredState;
import io.towline.agent.apply.Discovery;
import io.towline.agent.apply.Inventory;
import io.towline.agent.apply.InventoryStore;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.ObjectApplier;
import io.towline.agent.apply.Pace;
import io.towline.agent.apply.ReconcileLoop;
import io.towline.agent.apply.Reconciler;
import io.towline.agent.apply.TestBodies;
import io.towline.agent.apply.TestConfig;
import io.towline.agent.enroll.SealIdentities;
import io.towline.agent.unseal.Unsealer;
import io.towline.vocabulary.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Applying and watching, joined as the agent joins them, against one API server. */
final class AgentRig implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final KubeApi api;
  private final Observer observer;
  private final ReconcileLoop loop;
  private final List<Observation> observations = new ArrayList<>();

  AgentRig(Path kubeconfig, TestBodies bodies, InventoryStore store, Map<String, String> settings)
      throws Exception {
    ApplyConfig applyConfig = TestConfig.of(ApplyConfig.class, settings);
    ObserveConfig observeConfig = TestConfig.of(ObserveConfig.class, settings);
    Pace pace = Pace.real();
    Bell bell = new Bell();
    this.api = KubeApi.connect(Optional.of(kubeconfig), applyConfig.requestTimeout());
    Accounts accounts = new Accounts(applyConfig, "towline-system");
    Discovery discovery = new Discovery(api);
    ObjectApplier applier =
        new ObjectApplier(
            api,
            discovery,
            bodies,
            new Unsealer(SealIdentities.of(List.of())),
            accounts,
            applyConfig,
            pace);
    Inventory inventory = Inventory.open(store);
    this.observer =
        new Observer(
            api, discovery, applier, inventory, accounts, this::take, bell, observeConfig, pace);
    Reconciler reconciler =
        new Reconciler(
            api, discovery, applier, inventory, accounts, observer, observer, applyConfig, pace);
    this.loop = new ReconcileLoop(reconciler, observer, bell, pace);
    observer.start();
    loop.start();
  }

  private synchronized void take(Observation observation) {
    observations.add(observation);
    notifyAll();
  }

  void offer(DesiredState state) {
    loop.offer(state);
  }

  /** Waits until something was told that the test waits for; what came before counts too. */
  synchronized Observation await(Predicate<Observation> wanted) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    int looked = 0;
    while (true) {
      for (; looked < observations.size(); looked++) {
        if (wanted.test(observations.get(looked))) {
          return observations.get(looked);
        }
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("it was not told in time; told was " + observations);
      }
      wait(Math.min(100, Math.max(1, left / 1_000_000)));
    }
  }

  /** Waits until something holds that may become true with or without an observation. */
  synchronized void awaitUntil(BooleanSupplier holds) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("it did not happen in time; told was " + observations);
      }
      wait(20);
    }
  }

  /** Waits until the newest state of a bundle is as wanted. */
  Observation.TargetState awaitTarget(String bundle, Predicate<Observation.TargetState> wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    synchronized (this) {
      while (true) {
        Optional<Observation.TargetState> newest = newest(bundle);
        if (newest.filter(wanted).isPresent()) {
          return newest.get();
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError(
              "the target did not get there: " + newest + "; told was " + observations);
        }
        wait(Math.max(1, left / 1_000_000));
      }
    }
  }

  Observation.TargetState awaitStatus(String bundle, Status status, long sequence)
      throws InterruptedException {
    return awaitTarget(bundle, t -> t.status() == status && t.sequence() == sequence);
  }

  synchronized Optional<Observation.TargetState> newest(String bundle) {
    for (int i = observations.size() - 1; i >= 0; i--) {
      if (observations.get(i) instanceof Observation.TargetState state
          && state.bundle().equals(bundle)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }

  Observation.Drift awaitDrift(Predicate<Observation.Drift> wanted) throws InterruptedException {
    return (Observation.Drift) await(o -> o instanceof Observation.Drift d && wanted.test(d));
  }

  synchronized List<Observation.Drift> drifts() {
    return observations.stream()
        .filter(Observation.Drift.class::isInstance)
        .map(Observation.Drift.class::cast)
        .toList();
  }

  synchronized List<Observation> told() {
    return List.copyOf(observations);
  }

  Observer observer() {
    return observer;
  }

  @Override
  public void close() throws InterruptedException {
    loop.close();
    observer.close();
    api.close();
  }
}
