package io.towline.hub.store;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One bundle on one cluster: what the cluster's newest envelope gives it, why it cannot have what
 * Git says, what the agent said last, and what follows from all of it.
 *
 * @param matchedTarget the entry of {@code targets[]} that matched; empty once it left Git
 * @param desired as the newest envelope has it; empty if nothing could be rendered yet, or if it is
 *     being removed
 * @param desiredSince when the desired manifest became this one
 * @param sequence of the envelope that first carried the desired manifest, or that first left the
 *     bundle out; 0 if none did
 * @param held why the hub cannot give it what Git says
 * @param removing left Git, and the agent has not said yet that it is gone
 */
public record TargetState(
    String bundle,
    UUID cluster,
    String matchedTarget,
    List<String> matchedOverrides,
    Optional<BundleEntry> desired,
    Instant desiredSince,
    long sequence,
    Optional<Held> held,
    boolean removing,
    Optional<Reported> reported,
    Judged judged) {
  public TargetState {
    matchedOverrides = List.copyOf(matchedOverrides);
    if (removing && desired.isPresent()) {
      throw new IllegalArgumentException("A target that is being removed desires nothing");
    }
  }

  /** Why the hub keeps a target from what Git says. */
  public record Held(Reason reason, String message) {}

  /** What follows for people: as if the agent were online. */
  public record Judged(Status status, Optional<Reason> reason, String message) {}

  /** One object that keeps a target from being Ready, as its agent said. */
  public record ObjectProblem(ObjectRef object, String reason, String message) {}

  /**
   * What the agent said last.
   *
   * @param manifest the desired manifest that it spoke of
   * @param applied the newest manifest that was applied whole
   * @param problems worst first, at most 20
   */
  public record Reported(
      Status status,
      Optional<Reason> reason,
      String message,
      Optional<Digest> manifest,
      Optional<Digest> applied,
      List<ObjectProblem> problems,
      int objects,
      int objectsCurrent,
      Instant observedAt) {
    public Reported {
      problems = List.copyOf(problems);
    }
  }

  /** The same target with another judgement. */
  public TargetState judged(Judged verdict) {
    return new TargetState(
        bundle,
        cluster,
        matchedTarget,
        matchedOverrides,
        desired,
        desiredSince,
        sequence,
        held,
        removing,
        reported,
        verdict);
  }

  /** The same target after a report. */
  public TargetState reported(Reported report) {
    return withReport(Optional.of(report));
  }

  /** The same target, of which the agent knows nothing. */
  public TargetState unreported() {
    return withReport(Optional.empty());
  }

  private TargetState withReport(Optional<Reported> report) {
    return new TargetState(
        bundle,
        cluster,
        matchedTarget,
        matchedOverrides,
        desired,
        desiredSince,
        sequence,
        held,
        removing,
        report,
        judged);
  }
}
