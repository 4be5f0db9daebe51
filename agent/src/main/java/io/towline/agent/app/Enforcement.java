package io.towline.agent.app;

import io.towline.agent.apply.Accounts;
import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.Bell;
import io.towline.agent.apply.DesiredState;
import io.towline.agent.apply.Discovery;
import io.towline.agent.apply.Inventory;
import io.towline.agent.apply.InventoryEntry;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.ObjectApplier;
import io.towline.agent.apply.Pace;
import io.towline.agent.apply.ReconcileLoop;
import io.towline.agent.apply.Reconciler;
import io.towline.agent.observe.ObservationSink;
import io.towline.agent.observe.ObserveConfig;
import io.towline.agent.observe.Observer;
import io.towline.agent.unseal.Unsealer;
import io.towline.agent.verify.BodyStore;
import io.towline.agent.verify.GuardRails;
import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.VerifiedEnvelope;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Apply and observe, joined: takes verified envelopes and keeps the cluster so. */
final class Enforcement implements GuardRails.Applied {
  private final Inventory inventory;
  private final Observer observer;
  private final ReconcileLoop loop;

  Enforcement(
      KubeApi api,
      InventoryFile inventoryFile,
      BodyStore bodies,
      Unsealer unsealer,
      ApplyConfig applyConfig,
      ObserveConfig observeConfig,
      String namespace,
      ObservationSink sink,
      AgentMetrics metrics,
      ApiServerProbe probe,
      Pace pace)
      throws IOException {
    Bell bell = new Bell();
    Accounts accounts = new Accounts(applyConfig, namespace);
    Discovery discovery = new Discovery(api);
    ObjectApplier applier =
        new ObjectApplier(api, discovery, bodies::read, unsealer, accounts, applyConfig, pace);
    this.inventory = Inventory.open(inventoryFile);
    this.observer =
        new Observer(api, discovery, applier, inventory, accounts, sink, bell, observeConfig, pace);
    MeteredListener listener = new MeteredListener(observer, metrics, probe, pace.clock());
    Reconciler reconciler =
        new Reconciler(
            api, discovery, applier, inventory, accounts, observer, listener, applyConfig, pace);
    this.loop = new ReconcileLoop(reconciler, listener, bell, pace);
  }

  void start() {
    observer.start();
    loop.start();
  }

  /**
   * Makes that what the cluster shall be. Returns at once.
   *
   * @param blocked bundles that are left as they are
   */
  void enforce(VerifiedEnvelope envelope, Set<String> blocked) {
    loop.offer(DesiredState.of(envelope, blocked));
  }

  @Override
  public boolean has(ObjectIdentity identity) {
    return inventory.find(identity).isPresent();
  }

  @Override
  public int size() {
    return inventory.size();
  }

  /** Bodies that were applied and that drift is compared with. */
  Set<Digest> bodiesInUse() {
    Set<Digest> digests = new HashSet<>();
    inventory.forEach((InventoryEntry entry) -> digests.add(entry.digest()));
    return digests;
  }

  /** Ends after the requests that are under way. */
  void stop() throws InterruptedException {
    observer.close();
    loop.close();
  }
}
