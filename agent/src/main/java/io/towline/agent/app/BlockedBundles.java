package io.towline.agent.app;

import com.google.protobuf.util.Timestamps;
import io.towline.agent.observe.Observation;
import io.towline.agent.report.ReportQueue;
import io.towline.agent.v1.ObjectProblem;
import io.towline.agent.v1.ObjectRef;
import io.towline.agent.v1.TargetReport;
import io.towline.agent.verify.GuardRails;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Speaks for the bundles that the guard rails keep out: nobody applies or watches them, so nobody
 * else does. Thread-safe.
 */
final class BlockedBundles {
  private final GuardRails guard;
  private final ReportQueue queue;
  private final InstantSource clock;
  private volatile Set<String> blocked = Set.of();

  BlockedBundles(GuardRails guard, ReportQueue queue, InstantSource clock) {
    this.guard = guard;
    this.queue = queue;
    this.clock = clock;
  }

  /** The names of those that an envelope has; says of each what it is blocked for. */
  Set<String> of(VerifiedEnvelope envelope, GuardRails.Applied applied) {
    Map<String, GuardRails.Breach> breaches = guard.breaches(envelope, applied);
    blocked = Set.copyOf(breaches.keySet());
    Map<String, VerifiedBundle> bundles = new HashMap<>();
    envelope.bundles().forEach(bundle -> bundles.put(bundle.name(), bundle));
    breaches.forEach(
        (name, breach) ->
            queue.target(report(envelope, name, Optional.ofNullable(bundles.get(name)), breach)));
    return blocked;
  }

  /** Whether an observation is of a bundle that this speaks for, and is to be left out. */
  boolean speaksFor(Observation observation) {
    return switch (observation) {
      case Observation.TargetState state -> blocked.contains(state.bundle());
      case Observation.TargetGone gone -> blocked.contains(gone.bundle());
      case Observation.Drift drift -> false;
      case Observation.DeletionDone done -> false;
    };
  }

  private TargetReport report(
      VerifiedEnvelope envelope,
      String name,
      Optional<VerifiedBundle> bundle,
      GuardRails.Breach breach) {
    return TargetReport.newBuilder()
        .setBundle(name)
        .setStatus(Status.BLOCKED.word())
        .setReason(Reason.GUARD_RAIL.word())
        .setMessage(breach.object() + ": " + breach.message())
        .addProblems(
            ObjectProblem.newBuilder()
                .setObject(
                    ObjectRef.newBuilder()
                        .setApiVersion(breach.object().apiVersion())
                        .setKind(breach.object().kind())
                        .setNamespace(breach.object().namespace())
                        .setName(breach.object().name()))
                .setReason(Reason.GUARD_RAIL.word())
                .setMessage(breach.message()))
        .setObjects(bundle.map(has -> has.manifest().objects().size()).orElse(0))
        .setObservedTime(Timestamps.fromMillis(clock.millis()))
        .setSequence(envelope.statement().sequence())
        .setDesiredManifestSha256(bundle.map(has -> has.entry().manifest().hex()).orElse(""))
        .build();
  }
}
