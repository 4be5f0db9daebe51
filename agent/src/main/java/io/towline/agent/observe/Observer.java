package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.Account;
import io.towline.agent.apply.Accounts;
import io.towline.agent.apply.AppliedBundle;
import io.towline.agent.apply.ApplyListener;
import io.towline.agent.apply.Bell;
import io.towline.agent.apply.BundleReadiness;
import io.towline.agent.apply.DeletionOutcome;
import io.towline.agent.apply.DesiredBundle;
import io.towline.agent.apply.DesiredState;
import io.towline.agent.apply.Discovery;
import io.towline.agent.apply.Inventory;
import io.towline.agent.apply.InventoryEntry;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import io.towline.agent.apply.ObjectApplier;
import io.towline.agent.apply.Pace;
import io.towline.envelope.DriftPolicy;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.vocabulary.Names;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Watches exactly what was applied and tells what it sees: the state of every target, every
 * divergence and what was done about it, and which deletions are finished. Keeps no bodies. Safe
 * for many threads.
 */
public final class Observer implements ApplyListener, BundleReadiness, AutoCloseable {
  private final Inventory inventory;
  private final Accounts accounts;
  private final ObservationSink sink;
  private final Bell reconcile;
  private final Pace pace;
  private final Watches watches;
  private final Targets targets;
  private final DriftDesk drifts;
  private final Map<ObjectIdentity, TrackedObject> objects = new ConcurrentHashMap<>();

  private final AwaitedObjects awaited;

  /** Bundles that were not corrected at the newest pass: what differed is corrected after it. */
  private final Set<String> uncorrected = ConcurrentHashMap.newKeySet();

  private volatile Map<String, DesiredBundle> bundles = Map.of();

  /**
   * @param reconcile rung when a bundle or an object became ready that somebody waits for, and when
   *     the API server is back
   */
  public Observer(
      KubeApi api,
      Discovery discovery,
      ObjectApplier applier,
      Inventory inventory,
      Accounts accounts,
      ObservationSink sink,
      Bell reconcile,
      ObserveConfig config,
      Pace pace) {
    this.inventory = inventory;
    this.accounts = accounts;
    this.sink = sink;
    this.reconcile = reconcile;
    this.awaited = new AwaitedObjects(this::ready, reconcile::ring);
    this.pace = pace;
    // Where nothing was applied, nothing bears the label either.
    KubeApi.Selector selector =
        accounts.readOnly() ? KubeApi.Selector.ALL : KubeApi.Selector.label(Names.BUNDLE_LABEL);
    this.watches = new Watches(api, discovery, new Events(), selector, config, pace);
    this.targets = new Targets(inventory, accounts, watches, sink, config, reconcile, pace);
    this.drifts =
        new DriftDesk(api, discovery, applier, inventory, accounts, sink, targets, config, pace);
  }

  /** Begins to watch and to tell. */
  public void start() {
    targets.start();
    watches.start();
  }

  /** Everything that holds now: the state of every target and every open divergence. */
  public List<Observation> current() {
    List<Observation> all = new ArrayList<>(targets.told());
    for (TrackedObject tracked : objects.values()) {
      synchronized (tracked) {
        tracked.drift.ifPresent(open -> all.addAll(open.told()));
      }
    }
    return all;
  }

  /** Objects being watched. */
  public int size() {
    return objects.size();
  }

  @Override
  public boolean ready(String bundle) {
    return targets.ready(bundle);
  }

  @Override
  public boolean ready(ObjectIdentity identity) {
    TrackedObject tracked = objects.get(identity);
    if (tracked == null) {
      return false;
    }
    synchronized (tracked) {
      return tracked.readyForNextWave();
    }
  }

  @Override
  public void desired(DesiredState state) {
    Instant now = pace.clock().instant();
    Set<ObjectIdentity> wanted = new HashSet<>();
    Set<Watches.Need> needs = new HashSet<>();
    Map<String, List<TrackedObject>> byBundle = new HashMap<>();
    for (DesiredBundle bundle : state.bundles()) {
      List<TrackedObject> ofBundle = new ArrayList<>();
      for (ManifestEntry entry : bundle.objects()) {
        ObjectIdentity identity = entry.ref().identity();
        wanted.add(identity);
        TrackedObject tracked =
            objects.computeIfAbsent(identity, i -> new TrackedObject(bundle, entry, now));
        ofBundle.add(tracked);
        Optional<InventoryEntry> known = inventory.find(identity);
        synchronized (tracked) {
          tracked.desire(bundle, entry);
          takeUp(tracked, known);
          if (accounts.readOnly() || bundle.leavesAlone(entry)) {
            // Nobody will apply it: what is live is compared with it as it is, or only watched.
            tracked.applied = Optional.of(entry.digest());
          }
        }
        boolean unlabelled = mayBeAnothers(bundle, entry, known);
        if (known.isPresent() || unlabelled || accounts.readOnly()) {
          need(bundle, entry, unlabelled).ifPresent(needs::add);
        }
      }
      byBundle.put(bundle.name(), ofBundle);
    }
    forgetAllBut(wanted);
    bundles =
        state.bundles().stream()
            .collect(Collectors.toUnmodifiableMap(DesiredBundle::name, bundle -> bundle));
    targets.desired(state, byBundle);
    watches.needOnly(needs);
  }

  /** Whether what is live may not bear Towline's label, because Towline did not write it. */
  private static boolean mayBeAnothers(
      DesiredBundle bundle, ManifestEntry entry, Optional<InventoryEntry> known) {
    return switch (bundle.policy().apply().of(entry.policy()).conflicts()) {
      case FAIL, FORCE, MERGE -> false;
      case IF_NOT_PRESENT -> known.isPresent() && known.get().uid().isEmpty();
      case IGNORE -> true;
    };
  }

  private static void takeUp(TrackedObject tracked, Optional<InventoryEntry> known) {
    boolean leftAsItWas =
        known
            .filter(entry -> !entry.confirmed() && entry.bundle().equals(tracked.bundle().name()))
            .filter(entry -> tracked.applied.equals(Optional.of(entry.digest())))
            .isPresent();
    if (!leftAsItWas) {
      tracked.applied = known.filter(InventoryEntry::confirmed).map(InventoryEntry::digest);
    }
    if (tracked.uid.isEmpty()) {
      tracked.uid = known.flatMap(InventoryEntry::uid).orElse("");
    }
  }

  private void forgetAllBut(Set<ObjectIdentity> wanted) {
    objects.forEach(
        (identity, tracked) -> {
          if (!wanted.contains(identity)) {
            objects.remove(identity);
            synchronized (tracked) {
              tracked.drift.ifPresent(open -> drifts.resolve(tracked, open));
            }
          }
        });
  }

  private Optional<Watches.Need> need(DesiredBundle bundle, ManifestEntry entry, boolean alone) {
    Optional<Account> account = accounts.find(bundle.policy().apply().serviceAccount());
    return account.map(a -> new Watches.Need(a, entry.ref(), alone && !accounts.readOnly()));
  }

  @Override
  public boolean applying(ObjectIdentity identity) {
    TrackedObject tracked = objects.get(identity);
    if (tracked == null) {
      return false;
    }
    synchronized (tracked) {
      tracked.inTransition++;
      return tracked.drift.isPresent() && corrects(tracked);
    }
  }

  private static boolean corrects(TrackedObject tracked) {
    return tracked.bundle().policy().drift().mode() == DriftPolicy.Mode.CORRECT;
  }

  @Override
  public void applied(InventoryEntry entry, KubeApi.Applied live) {
    TrackedObject tracked = objects.get(entry.ref().identity());
    if (tracked == null) {
      return;
    }
    boolean look;
    synchronized (tracked) {
      tracked.inTransition--;
      tracked.applied = Optional.of(entry.digest());
      tracked.uid = live.uid();
      tracked.appliedVersion = DriftDesk.number(live.resourceVersion());
      tracked.equalFingerprint = 0;
      tracked.notCurrentSince = pace.clock().instant();
      if (tracked.drift.isPresent() && !tracked.drift.get().correcting()) {
        drifts.end(
            tracked,
            tracked.drift.get(),
            corrects(tracked) ? Observation.Action.CORRECTED : Observation.Action.RESOLVED);
      }
      look = tracked.unjudgedVersion > tracked.appliedVersion;
      tracked.unjudgedVersion = 0;
    }
    watches.need(new Watches.Need(accounts.of(entry.serviceAccount()), entry.ref(), false));
    targets.changed(entry.bundle());
    if (look) {
      lookAt(tracked);
    }
  }

  @Override
  public void left(ManifestEntry entry, boolean ours) {
    TrackedObject tracked = objects.get(entry.ref().identity());
    if (tracked == null) {
      return;
    }
    DesiredBundle bundle;
    synchronized (tracked) {
      tracked.inTransition--;
      tracked.applied = Optional.of(entry.digest());
      tracked.unjudgedVersion = 0;
      if (tracked.drift.isPresent() && !tracked.drift.get().correcting()) {
        drifts.resolve(tracked, tracked.drift.get());
      }
      bundle = tracked.bundle();
    }
    need(bundle, entry, !ours).ifPresent(watches::need);
    targets.changed(bundle.name());
  }

  private void lookAt(TrackedObject tracked) {
    lookAt(tracked, false);
  }

  private void lookAt(TrackedObject tracked, boolean evenIfTold) {
    Thread.ofVirtual()
        .name("towline-look")
        .start(
            () -> {
              try {
                drifts.look(tracked, evenIfTold);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  @Override
  public void refused(ObjectIdentity identity) {
    TrackedObject tracked = objects.get(identity);
    if (tracked != null) {
      synchronized (tracked) {
        tracked.inTransition--;
      }
    }
  }

  @Override
  public void bundle(AppliedBundle result) {
    targets.applied(result);
    awaited.await(
        result.bundle(),
        result.outcome() instanceof AppliedBundle.Outcome.Held held ? held.awaited() : Set.of());
    if (isUncorrected(result.bundle())) {
      uncorrected.add(result.bundle());
    } else if (uncorrected.remove(result.bundle())) {
      objects.values().stream()
          .filter(tracked -> differsIn(result.bundle(), tracked))
          .forEach(tracked -> lookAt(tracked, true));
    }
  }

  private boolean isUncorrected(String bundle) {
    return Optional.ofNullable(bundles.get(bundle))
        .flatMap(desired -> desired.uncorrectedAt(pace.clock().instant()))
        .isPresent();
  }

  private static boolean differsIn(String bundle, TrackedObject tracked) {
    synchronized (tracked) {
      return tracked.bundle().name().equals(bundle) && tracked.drift.isPresent();
    }
  }

  @Override
  public void deletion(DeletionOutcome outcome, long sequence) {
    targets.deletion(outcome);
    if (outcome instanceof DeletionOutcome.Done done) {
      sink.accept(
          new Observation.DeletionDone(
              done.deletion(), done.how().name().toLowerCase(Locale.ROOT), pace.clock().instant()));
    }
  }

  /** What the watches tell. */
  private final class Events implements KindWatch.Events {
    @Override
    public void seen(WatchKey key, JsonNode object) {
      TrackedObject tracked = find(key, object);
      if (tracked == null) {
        return;
      }
      String bundle;
      synchronized (tracked) {
        see(tracked, object);
        bundle = tracked.bundle().name();
      }
      awaited.changed(bundle);
    }

    @Override
    public void gone(WatchKey key, JsonNode object) throws InterruptedException {
      TrackedObject tracked = find(key, object);
      if (tracked == null) {
        return;
      }
      synchronized (tracked) {
        long version = DriftDesk.version(object);
        boolean old =
            version < tracked.appliedVersion
                || (version < tracked.seenVersion
                    && !object.path("metadata").path("uid").asText("").equals(tracked.uid));
        if (old || !tracked.settled()) {
          tracked.unjudgedVersion = Math.max(tracked.unjudgedVersion, version);
          return;
        }
      }
      // Beside the watch, so that one object's correction holds up no other's.
      lookAt(tracked);
    }

    @Override
    public void listed(WatchKey key, Set<ObjectIdentity> there, String version) {
      long listed = DriftDesk.number(version);
      objects.forEach(
          (identity, tracked) -> {
            boolean missing;
            synchronized (tracked) {
              missing =
                  isWatchedBy(key, identity, tracked)
                      && !there.contains(identity)
                      && !there.contains(inDefault(identity))
                      && tracked.settled()
                      && tracked.appliedVersion <= listed;
            }
            if (missing) {
              lookAt(tracked);
            }
          });
    }

    @Override
    public void state(WatchKey key, Optional<KubeException> failure) {
      if (watches.state(key, failure)) {
        // The API server is back: what could not be applied may go on.
        reconcile.ring();
      }
      targets.allChanged();
    }
  }

  private boolean isWatchedBy(WatchKey key, ObjectIdentity identity, TrackedObject tracked) {
    return identity.kind().equals(key.resource().kind())
        && tracked.ref().apiVersion().equals(key.resource().apiVersion())
        && (key.name().isEmpty() || key.name().equals(identity.name()))
        && (key.namespace().isEmpty()
            || key.namespace().equals(identity.namespace())
            || key.namespace().equals(inDefault(identity).namespace()))
        && accounts
            .find(tracked.bundle().policy().apply().serviceAccount())
            .equals(Optional.of(key.account()));
  }

  private static ObjectIdentity inDefault(ObjectIdentity identity) {
    return identity.namespace().isEmpty()
        ? new ObjectIdentity(identity.group(), identity.kind(), "default", identity.name())
        : identity;
  }

  private @org.jspecify.annotations.Nullable TrackedObject find(WatchKey key, JsonNode object) {
    ObjectIdentity identity = key.identityOf(object);
    TrackedObject tracked = objects.get(identity);
    if (tracked == null && identity.namespace().equals("default")) {
      // A manifest may leave the namespace out, as kubectl lets it.
      tracked =
          objects.get(new ObjectIdentity(identity.group(), identity.kind(), "", identity.name()));
    }
    return tracked;
  }

  private void see(TrackedObject tracked, JsonNode object) {
    long version = DriftDesk.version(object);
    String uid = object.path("metadata").path("uid").asText("");
    boolean known = tracked.present && uid.equals(tracked.uid);
    if (version < tracked.appliedVersion || (known && version < tracked.seenVersion)) {
      // Older than what is known already.
      return;
    }
    tracked.seenVersion = version;
    tracked.present = true;
    tracked.healthIs(HealthRules.of(object), pace.clock().instant());
    tracked.waveHealth = WaveHealth.of(object, tracked.health);
    if (tracked.settled()) {
      adopt(tracked, uid);
      drifts.judge(tracked, object, version);
    } else {
      tracked.unjudgedVersion = Math.max(tracked.unjudgedVersion, version);
    }
    targets.changed(tracked.bundle().name());
  }

  /**
   * A correction was the last thing before the process ended: the inventory has the UID before it.
   */
  private void adopt(TrackedObject tracked, String uid) {
    if (!uid.equals(tracked.uid)) {
      tracked.uid = uid;
      inventory
          .find(tracked.ref().identity())
          .filter(InventoryEntry::confirmed)
          .ifPresent(entry -> drifts.remember(Optional.of(entry.confirmedAs(uid))));
    }
  }

  @Override
  public void close() {
    drifts.close();
    watches.close();
    targets.close();
  }
}
