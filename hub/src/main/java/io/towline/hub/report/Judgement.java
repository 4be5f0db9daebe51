package io.towline.hub.report;

import io.towline.envelope.BundleEntry;
import io.towline.hub.store.Judge;
import io.towline.hub.store.TargetState;
import io.towline.hub.store.TargetState.Held;
import io.towline.hub.store.TargetState.Judged;
import io.towline.hub.store.TargetState.Reported;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import io.towline.vocabulary.Status;
import java.util.Optional;

/**
 * The one place that decides what a target is. Where there is doubt it is not Ready: a target is
 * Ready only if its agent said so of exactly the manifest that is desired now, applied it whole,
 * and has nothing left to delete. Pure and thread-safe.
 */
public final class Judgement implements Judge {
  /** Text of a target whose agent has said nothing of it yet. */
  static final String NOT_REPORTED = "The agent has not reported on it yet.";

  /** Text of a target whose agent still speaks of what was desired before. */
  static final String ON_ITS_WAY = "The agent does not run the desired revision yet.";

  /** Text of a target whose objects are not all healthy yet. */
  static final String NOT_CURRENT = "Not all objects are current yet.";

  /** Text of a target that leaves objects behind until they are deleted. */
  static final String DELETING = "Objects that left Git are being deleted.";

  /** Text of a target that left Git. */
  static final String REMOVING = "It left Git and is being removed from the cluster.";

  @Override
  public Judged judge(TargetState target, int deletionsPending, ClusterWord cluster) {
    if (cluster.refusal().isPresent()) {
      Refusal refusal = cluster.refusal().get();
      return new Judged(Status.BLOCKED, Optional.of(refusal.reason()), refusal.message());
    }
    if (target.removing()) {
      return target
          .reported()
          .filter(report -> report.status() == Status.FAILED || report.status() == Status.BLOCKED)
          .map(Judgement::asReported)
          .orElse(progressing(REMOVING));
    }
    Judged byAgent = byAgent(target, deletionsPending);
    if (target.held().isEmpty()) {
      return byAgent;
    }
    Judged byHub = byHub(target.held().get());
    if (byHub.status() != Status.FAILED && byAgent.status() == Status.PROGRESSING) {
      // What the hub holds back is not on its way.
      return byHub;
    }
    return byAgent.status().rank() > byHub.status().rank() ? byAgent : byHub;
  }

  /** What the hub itself says of a target that it keeps from what Git says. */
  private static Judged byHub(Held held) {
    Status status =
        held.reason() == Reason.SUSPENDED
            ? Status.SUSPENDED
            : held.reason().remedy() == Remedy.WAIT ? Status.WAITING : Status.FAILED;
    return new Judged(status, Optional.of(held.reason()), held.message());
  }

  private static Judged byAgent(TargetState target, int deletionsPending) {
    if (target.reported().isEmpty()) {
      return progressing(NOT_REPORTED);
    }
    Reported report = target.reported().get();
    if (!report.manifest().equals(target.desired().map(BundleEntry::manifest))) {
      return progressing(ON_ITS_WAY);
    }
    return switch (report.status()) {
      case READY -> ready(target, report, deletionsPending);
      case UNKNOWN -> progressing(NOT_REPORTED);
      case BLOCKED, FAILED, DEGRADED, DRIFTED, PROGRESSING, WAITING, SUSPENDED ->
          asReported(report);
    };
  }

  private static Judged ready(TargetState target, Reported report, int deletionsPending) {
    if (!report.applied().equals(target.desired().map(BundleEntry::manifest))) {
      return progressing(ON_ITS_WAY);
    }
    if (report.objectsCurrent() < report.objects()) {
      return progressing(NOT_CURRENT);
    }
    if (deletionsPending > 0) {
      return progressing(DELETING);
    }
    return new Judged(Status.READY, Optional.empty(), "");
  }

  private static Judged asReported(Reported report) {
    return new Judged(
        report.status(), Optional.of(report.reason().orElse(Reason.INTERNAL)), report.message());
  }

  private static Judged progressing(String message) {
    return new Judged(Status.PROGRESSING, Optional.of(Reason.PROGRESSING), message);
  }
}
