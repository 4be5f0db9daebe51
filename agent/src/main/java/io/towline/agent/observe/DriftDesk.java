package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.apply.Account;
import io.towline.agent.apply.Accounts;
import io.towline.agent.apply.ApiResource;
import io.towline.agent.apply.Discovery;
import io.towline.agent.apply.Inventory;
import io.towline.agent.apply.InventoryEntry;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import io.towline.agent.apply.ObjectApplier;
import io.towline.agent.apply.Pace;
import io.towline.agent.unseal.UnsealException;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Suspension;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.Remedy;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * Judges what is seen of an object, and brings it back where the policy says so. An object that
 * somebody keeps changing is corrected ever more slowly and reported; what the API server itself
 * makes of an apply is no drift. Safe for many threads.
 */
final class DriftDesk {
  private static final Logger LOG = Logger.getLogger(DriftDesk.class);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String FOUGHT =
      "somebody keeps changing the object: it is corrected ever more slowly";

  private final KubeApi api;
  private final Discovery discovery;
  private final ObjectApplier applier;
  private final Inventory inventory;
  private final Accounts accounts;
  private final ObservationSink sink;
  private final Targets targets;
  private final ObserveConfig config;
  private final Pace pace;
  private final Semaphore corrections;
  private volatile boolean closed;

  DriftDesk(
      KubeApi api,
      Discovery discovery,
      ObjectApplier applier,
      Inventory inventory,
      Accounts accounts,
      ObservationSink sink,
      Targets targets,
      ObserveConfig config,
      Pace pace) {
    this.api = api;
    this.discovery = discovery;
    this.applier = applier;
    this.inventory = inventory;
    this.accounts = accounts;
    this.sink = sink;
    this.targets = targets;
    this.config = config;
    this.pace = pace;
    this.corrections = new Semaphore(config.correctionsInFlight(), true);
  }

  /** Judges a live object that is settled. The caller holds the object's monitor. */
  void judge(TrackedObject tracked, JsonNode live, long version) {
    judge(tracked, live, version, false);
  }

  private void judge(TrackedObject tracked, JsonNode live, long version, boolean evenIfFought) {
    boolean compared =
        switch (tracked.applyPolicy().conflicts()) {
          case FAIL, FORCE, MERGE -> true;
          case IF_NOT_PRESENT, IGNORE -> false;
        };
    if (!compared) {
      isEqual(tracked);
      return;
    }
    List<OwnedFields.Owner> owners = OwnedFields.of(live);
    Optional<OwnedFields.Owner> ours =
        owners.stream().filter(OwnedFields.Owner::isTowline).findFirst();
    long fingerprint = ours.map(owner -> OwnedFields.fingerprint(live, owner)).orElse(0L);
    if (fingerprint != 0 && fingerprint == tracked.equalFingerprint) {
      isEqual(tracked);
      return;
    }
    List<DriftJudge.Difference> differences;
    try {
      ObjectNode desired = applier.body(tracked.task());
      differences =
          withoutOthers(tracked, DriftJudge.compare(tracked.ref(), desired, live, owners), owners);
    } catch (IOException | VerificationException e) {
      LOG.errorf(e, "%s cannot be compared: its kept body cannot be read", tracked.ref());
      return;
    } catch (UnsealException e) {
      LOG.errorf(
          "%s cannot be compared %s=%s: %s",
          tracked.ref(), LogKeys.REASON, e.reason().word(), e.getMessage());
      return;
    }
    boolean asApplied = version != 0 && version == tracked.appliedVersion;
    if (asApplied || (differences.isEmpty() && tracked.tolerated.isEmpty())) {
      // Straight after the apply: the API server or its admission made it so.
      tracked.tolerated = Optional.of(DriftJudge.marks(differences));
    }
    List<DriftJudge.Difference> drifted =
        DriftJudge.without(differences, tracked.tolerated.orElse(Set.of()));
    if (drifted.isEmpty()) {
      tracked.equalFingerprint = fingerprint;
      isEqual(tracked);
      return;
    }
    differs(
        tracked, DriftRecords.Finding.of(tracked.entry(), drifted, owners, version), evenIfFought);
  }

  private static List<DriftJudge.Difference> withoutOthers(
      TrackedObject tracked,
      List<DriftJudge.Difference> differences,
      List<OwnedFields.Owner> owners) {
    ApplyPolicy policy = tracked.applyPolicy();
    if (policy.conflicts() != ApplyPolicy.Conflicts.MERGE) {
      return differences;
    }
    List<OwnedFields.Owner> respected =
        owners.stream().filter(o -> !policy.takeBackFrom().contains(o.manager())).toList();
    return differences.stream()
        .filter(difference -> !OwnedFields.isAnothers(respected, difference.elements()))
        .toList();
  }

  private void isEqual(TrackedObject tracked) {
    forgetOldCorrections(tracked);
    if (tracked.drift.isPresent() && !tracked.drift.get().correcting()) {
      resolve(tracked, tracked.drift.get());
    }
  }

  /** Says of an open divergence that it is gone. The caller holds the object's monitor. */
  void resolve(TrackedObject tracked, TrackedObject.OpenDrift open) {
    end(tracked, open, Observation.Action.RESOLVED);
  }

  /** Says of an open divergence how it ended. The caller holds the object's monitor. */
  void end(TrackedObject tracked, TrackedObject.OpenDrift open, Observation.Action how) {
    tracked.drift = Optional.empty();
    for (Observation.Drift told : open.told()) {
      sink.accept(DriftRecords.as(told, how, ""));
    }
    targets.changed(tracked.bundle().name());
  }

  private void differs(TrackedObject tracked, DriftRecords.Finding finding, boolean evenIfFought) {
    if (tracked.drift.filter(open -> open.signature() == finding.signature()).isPresent()
        && !evenIfFought) {
      return;
    }
    if (accounts.readOnly()) {
      open(
          tracked,
          finding,
          Observation.Action.REPORTED,
          finding.deleted() ? "is not there" : "",
          false);
      return;
    }
    Optional<Suspension> suspended = tracked.bundle().uncorrectedAt(pace.clock().instant());
    switch (tracked.bundle().policy().drift().mode()) {
      case CORRECT -> {
        if (suspended.isEmpty()) {
          correctOrRest(tracked, finding, evenIfFought);
        } else {
          warn(tracked, finding, told(suspended.get()));
        }
      }
      case WARN -> warn(tracked, finding, "");
    }
  }

  /** That a person suspended the target is said of the target as a whole. */
  private static String told(Suspension suspension) {
    return switch (suspension.extent()) {
      case EVERYTHING -> "";
      case CORRECTIONS -> suspension.why();
    };
  }

  private void warn(TrackedObject tracked, DriftRecords.Finding finding, String message) {
    if (tracked.tolerated.isEmpty() && !finding.deleted()) {
      tracked.tolerated = madeByTheServer(tracked.task());
    }
    DriftRecords.Finding rest =
        finding.without(tracked.entry(), tracked.tolerated.orElse(Set.of()));
    if (rest.changes().isEmpty()) {
      isEqual(tracked);
      return;
    }
    open(tracked, rest, Observation.Action.REPORTED, message, false);
  }

  /**
   * What would differ if the object were applied now, by a dry run: the doing of the API server and
   * its admission. Empty if it does not say.
   */
  private Optional<Set<Long>> madeByTheServer(ObjectApplier.Task task) {
    try {
      JsonNode dry = applier.dryRun(task);
      return Optional.of(
          DriftJudge.marks(
              DriftJudge.compare(
                  task.entry().ref(), applier.body(task), dry, OwnedFields.of(dry))));
    } catch (IOException
        | KubeException
        | UnsealException
        | VerificationException
        | IllegalArgumentException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Looks at an object directly and judges it: after something was seen that could not be judged,
   * or that it is gone.
   */
  void look(TrackedObject tracked, boolean evenIfFought) throws InterruptedException {
    if (closed) {
      return;
    }
    ObjectRef ref = tracked.ref();
    Optional<JsonNode> live;
    try {
      Optional<Account> account = accounts.find(tracked.bundle().policy().apply().serviceAccount());
      Optional<ApiResource> resource = discovery.find(ref);
      live =
          account.isEmpty() || resource.isEmpty()
              ? Optional.empty()
              : find(account.get(), resource.get(), ref);
    } catch (KubeException e) {
      lookLater(tracked, pace.backoff(config.watchRetryFirst(), config.watchRetryLongest(), 3));
      return;
    }
    synchronized (tracked) {
      if (!tracked.settled()) {
        return;
      }
      if (live.isPresent()) {
        long version = version(live.get());
        tracked.present = true;
        tracked.seenVersion = Math.max(tracked.seenVersion, version);
        judge(tracked, live.get(), version, evenIfFought);
      } else {
        tracked.present = false;
        tracked.equalFingerprint = 0;
        if (tracked.bundle().leavesAlone(tracked.entry())) {
          tracked.healthIs(
              Health.inProgress("does not exist, and Towline is not to make it"),
              pace.clock().instant());
          targets.changed(tracked.bundle().name());
          return;
        }
        differs(tracked, DriftRecords.Finding.gone(), evenIfFought);
      }
    }
  }

  private Optional<JsonNode> find(Account account, ApiResource resource, ObjectRef ref)
      throws KubeException, InterruptedException {
    try {
      return Optional.of(api.get(account, resource, ref.namespace(), ref.name()));
    } catch (KubeException e) {
      if (e.notFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void lookLater(TrackedObject tracked, Duration wait) {
    Thread.ofVirtual()
        .name("towline-look-again")
        .start(
            () -> {
              try {
                pace.sleeper().sleep(wait);
                look(tracked, true);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void correctOrRest(
      TrackedObject tracked, DriftRecords.Finding finding, boolean evenIfFought) {
    if (tracked.drift.filter(TrackedObject.OpenDrift::correcting).isPresent()) {
      return;
    }
    forgetOldCorrections(tracked);
    boolean fought = tracked.corrections.size() >= config.correctionsPerMinute();
    if (fought && !evenIfFought) {
      boolean resting = tracked.drift.isPresent();
      open(tracked, finding, Observation.Action.FAILED, FOUGHT, false);
      if (!resting) {
        tracked.contested++;
        lookLater(
            tracked,
            pace.backoff(config.contestedFirst(), config.contestedLongest(), tracked.contested));
      }
      return;
    }
    Optional<TrackedObject.OpenDrift> before = tracked.drift;
    tracked.drift =
        Optional.of(
            new TrackedObject.OpenDrift(
                before
                    .map(TrackedObject.OpenDrift::id)
                    .orElseGet(() -> DriftRecords.id(tracked, finding)),
                finding.signature(),
                before.map(TrackedObject.OpenDrift::told).orElse(List.of()),
                true));
    tracked.inTransition++;
    Thread.ofVirtual().name("towline-correct").start(() -> carryOut(tracked, finding));
  }

  private void carryOut(TrackedObject tracked, DriftRecords.Finding finding) {
    ObjectApplier.Task task;
    synchronized (tracked) {
      task = tracked.task();
    }
    try {
      corrections.acquire();
      try {
        if (closed) {
          return;
        }
        DriftRecords.Finding rest = somebodys(tracked, finding, task);
        if (rest.changes().isEmpty()) {
          leave(tracked);
        } else {
          corrected(tracked, rest, task, applier.correct(task));
        }
      } finally {
        corrections.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What of a finding somebody made. Asks once what the API server makes of an apply. */
  private DriftRecords.Finding somebodys(
      TrackedObject tracked, DriftRecords.Finding finding, ObjectApplier.Task task) {
    synchronized (tracked) {
      if (finding.deleted() || tracked.tolerated.isPresent()) {
        return finding;
      }
    }
    Optional<Set<Long>> made = madeByTheServer(task);
    synchronized (tracked) {
      if (task.entry().digest().equals(tracked.entry().digest())) {
        tracked.tolerated = made;
      }
    }
    return finding.without(task.entry(), made.orElse(Set.of()));
  }

  /** Nobody changed it: there is nothing to correct. */
  private void leave(TrackedObject tracked) throws InterruptedException {
    boolean lookAgain;
    synchronized (tracked) {
      tracked.inTransition--;
      tracked.drift.ifPresent(open -> resolve(tracked, open));
      lookAgain = tracked.unjudgedVersion > tracked.appliedVersion;
      tracked.unjudgedVersion = 0;
    }
    if (lookAgain) {
      look(tracked, false);
    }
  }

  private void corrected(
      TrackedObject tracked,
      DriftRecords.Finding finding,
      ObjectApplier.Task task,
      ObjectApplier.Result result)
      throws InterruptedException {
    boolean lookAgain = false;
    Optional<InventoryEntry> remade = Optional.empty();
    synchronized (tracked) {
      tracked.inTransition--;
      boolean overtaken = !task.entry().digest().equals(tracked.entry().digest());
      switch (result) {
        case ObjectApplier.Result.Applied applied -> {
          remade = taken(tracked, finding, task, applied, overtaken);
          lookAgain = overtaken || tracked.unjudgedVersion > tracked.appliedVersion;
        }
        case ObjectApplier.Result.Left left -> {
          // Somebody else made it in between.
          tracked.drift.ifPresent(open -> resolve(tracked, open));
          lookAgain = true;
        }
        case ObjectApplier.Result.Refused refused -> {
          tracked.drift =
              tracked.drift.map(
                  o -> new TrackedObject.OpenDrift(o.id(), o.signature(), o.told(), false));
          open(tracked, finding, Observation.Action.FAILED, refused.problem().message(), false);
          tracked.contested++;
          lookLater(tracked, retryWait(tracked, refused));
        }
      }
      tracked.unjudgedVersion = 0;
    }
    targets.changed(tracked.bundle().name());
    remember(remade);
    if (lookAgain) {
      look(tracked, false);
    }
  }

  /** The API server took the correction; returns the inventory's entry if the UID is another. */
  private Optional<InventoryEntry> taken(
      TrackedObject tracked,
      DriftRecords.Finding finding,
      ObjectApplier.Task task,
      ObjectApplier.Result.Applied applied,
      boolean overtaken) {
    KubeApi.Applied live = applied.live();
    long version = number(live.resourceVersion());
    boolean nothingChanged = !finding.deleted() && version == finding.version();
    Optional<TrackedObject.OpenDrift> open = tracked.drift;
    tracked.drift = Optional.empty();
    if (nothingChanged) {
      // Applying it again changes nothing: the differences are the API server's own.
      Set<Long> tolerated = new HashSet<>(tracked.tolerated.orElse(Set.of()));
      tolerated.addAll(DriftJudge.marks(finding.differences()));
      tracked.tolerated = Optional.of(tolerated);
      return Optional.empty();
    }
    if (!tracked.corrections.isEmpty()) {
      // Again: an admission may make it so that was not there when it was asked.
      tracked.tolerated = Optional.empty();
    }
    tracked.corrections.addLast(pace.clock().instant());
    for (Observation.Drift drift :
        DriftRecords.of(
            tracked, finding, open.map(TrackedObject.OpenDrift::id), pace.clock().instant())) {
      sink.accept(DriftRecords.as(drift, Observation.Action.CORRECTED, ""));
    }
    if (overtaken) {
      return Optional.empty();
    }
    boolean sameUid = live.uid().equals(tracked.uid);
    tracked.uid = live.uid();
    tracked.present = true;
    tracked.appliedVersion = version;
    tracked.equalFingerprint = 0;
    return sameUid
        ? Optional.empty()
        : Optional.of(
            new InventoryEntry(
                task.entry().ref(),
                task.bundle(),
                task.policy().apply().serviceAccount(),
                task.entry().digest(),
                Optional.of(live.uid()),
                applied.whole(),
                task.entry().wave()));
  }

  /** Keeps the UID that an object has now, so that it can be pruned one day. */
  void remember(Optional<InventoryEntry> entry) {
    if (entry.isPresent()) {
      try {
        inventory.confirm(entry.get());
      } catch (IOException e) {
        LOG.errorf(e, "the new UID of %s could not be kept", entry.get().ref());
      }
    }
  }

  private Duration retryWait(TrackedObject tracked, ObjectApplier.Result.Refused refused) {
    boolean passes = refused.problem().reason().remedy() == Remedy.RETRY;
    Duration wait =
        passes
            ? pace.backoff(config.watchRetryFirst(), config.watchRetryLongest(), tracked.contested)
            : pace.backoff(config.contestedFirst(), config.contestedLongest(), tracked.contested);
    return refused.retryAfter().filter(asked -> asked.compareTo(wait) > 0).orElse(wait);
  }

  private void forgetOldCorrections(TrackedObject tracked) {
    Instant now = pace.clock().instant();
    while (!tracked.corrections.isEmpty()
        && tracked.corrections.peekFirst().plus(MINUTE).isBefore(now)) {
      Instant last = tracked.corrections.pollFirst();
      if (tracked.corrections.isEmpty() && last.plus(config.contestedLongest()).isBefore(now)) {
        tracked.contested = 0;
      }
    }
  }

  private void open(
      TrackedObject tracked,
      DriftRecords.Finding finding,
      Observation.Action action,
      String message,
      boolean correcting) {
    Optional<TrackedObject.OpenDrift> before = tracked.drift;
    String id =
        before.map(TrackedObject.OpenDrift::id).orElseGet(() -> DriftRecords.id(tracked, finding));
    List<Observation.Drift> now = new ArrayList<>();
    for (Observation.Drift drift :
        DriftRecords.of(tracked, finding, Optional.of(id), pace.clock().instant())) {
      now.add(DriftRecords.as(drift, action, message));
    }
    tracked.drift =
        Optional.of(new TrackedObject.OpenDrift(id, finding.signature(), now, correcting));
    now.forEach(sink::accept);
    targets.changed(tracked.bundle().name());
  }

  /** Nothing more is looked at or corrected. */
  void close() {
    closed = true;
  }

  static long version(JsonNode live) {
    return number(live.path("metadata").path("resourceVersion").asText(""));
  }

  /** Resource versions of one kind are numbers that grow (Kubernetes 1.35 says so for good). */
  static long number(String version) {
    try {
      return version.isEmpty() ? 0 : Long.parseLong(version);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
