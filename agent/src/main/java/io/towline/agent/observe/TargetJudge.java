package io.towline.agent.observe;

import io.towline.agent.apply.AppliedBundle;
import io.towline.agent.apply.ObjectProblem;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides the status of a target from what is known of its objects: the worst one wins. Pure. */
final class TargetJudge {
  /**
   * What is known of one object.
   *
   * @param awaited whether a later wave waits for it; its health is then the one that it waits for
   */
  record ObjectFacts(
      ObjectRef ref,
      boolean settled,
      boolean present,
      Health health,
      boolean awaited,
      Instant notCurrentSince,
      Optional<Reason> drift,
      String driftMessage) {}

  /**
   * The verdict.
   *
   * @param again when it may become another one without anything happening
   */
  record Verdict(
      Status status,
      Optional<Reason> reason,
      String message,
      List<ObjectProblem> problems,
      int current,
      Optional<Instant> again) {}

  private final Instant now;
  private final Duration timeout;
  private final List<ObjectProblem> failed = new ArrayList<>();
  private final List<ObjectProblem> unhealthy = new ArrayList<>();
  private final List<ObjectProblem> drifted = new ArrayList<>();
  private final List<ObjectProblem> underway = new ArrayList<>();
  private final List<ObjectProblem> awaited = new ArrayList<>();
  private Optional<Instant> again = Optional.empty();
  private int current;

  private TargetJudge(Instant now, Duration timeout) {
    this.now = now;
    this.timeout = timeout;
  }

  /**
   * Judges a target.
   *
   * @param applied what the newest pass came to; empty if there was none yet
   * @param appliedSince since when it came to the like
   * @param pruning deletions that failed or wait
   * @param watching why the live objects cannot be seen; empty if they can
   */
  static Verdict judge(
      Optional<AppliedBundle> applied,
      Instant appliedSince,
      List<ObjectFacts> objects,
      List<ObjectProblem> pruning,
      List<ObjectProblem> watching,
      Duration timeout,
      Instant now) {
    TargetJudge judge = new TargetJudge(now, timeout);
    objects.forEach(judge::object);
    judge.failed.addAll(pruning);
    judge.unhealthy.addAll(watching);
    return judge.verdict(applied, appliedSince, objects.size());
  }

  private void object(ObjectFacts object) {
    if (!object.settled()) {
      return;
    }
    if (object.drift().isPresent()) {
      drifted.add(new ObjectProblem(object.ref(), object.drift().get(), object.driftMessage()));
      if (!object.present()) {
        // What is not there is neither well nor ill.
        return;
      }
    }
    switch (object.health().state()) {
      case CURRENT -> {
        if (object.drift().isEmpty()) {
          current++;
        }
      }
      case FAILED ->
          unhealthy.add(
              new ObjectProblem(
                  object.ref(), Reason.HEALTH_CHECK_FAILED, object.health().message()));
      case IN_PROGRESS, TERMINATING -> late(object);
    }
  }

  private void late(ObjectFacts object) {
    Instant deadline = object.notCurrentSince().plus(timeout);
    if (deadline.isAfter(now)) {
      soonest(deadline);
      ObjectProblem problem =
          new ObjectProblem(object.ref(), Reason.PROGRESSING, object.health().message());
      underway.add(problem);
      if (object.awaited()) {
        awaited.add(problem);
      }
    } else {
      unhealthy.add(
          new ObjectProblem(object.ref(), Reason.HEALTH_CHECK_FAILED, object.health().message()));
    }
  }

  private void soonest(Instant when) {
    if (again.isEmpty() || when.isBefore(again.get())) {
      again = Optional.of(when);
    }
  }

  private Verdict verdict(Optional<AppliedBundle> applied, Instant appliedSince, int total) {
    Optional<Verdict> refused = applied.flatMap(result -> refused(result, appliedSince));
    if (refused.isPresent()) {
      return refused.get();
    }
    if (applied.isPresent()
        && applied.get().outcome() instanceof AppliedBundle.Outcome.Suspended suspended) {
      return suspended(suspended);
    }
    if (!failed.isEmpty()) {
      return of(Status.FAILED, failed);
    }
    if (!unhealthy.isEmpty()) {
      return degraded(applied);
    }
    if (!drifted.isEmpty()) {
      return of(Status.DRIFTED, drifted);
    }
    if (applied.isPresent() && applied.get().outcome() instanceof AppliedBundle.Outcome.Held held) {
      return held(held);
    }
    boolean waits =
        applied.isPresent() && applied.get().outcome() instanceof AppliedBundle.Outcome.Waiting;
    if (waits && applied.get().outcome() instanceof AppliedBundle.Outcome.Waiting waiting) {
      return new Verdict(
          Status.WAITING,
          Optional.of(Reason.DEPENDENCY_NOT_READY),
          "waits for bundle " + waiting.dependency(),
          List.of(),
          current,
          again);
    }
    if (applied.filter(TargetJudge::isThrough).isEmpty()) {
      return progressing("objects are being applied");
    }
    if (!underway.isEmpty()) {
      return progressing(
          underway.size() == 1
              ? underway.getFirst().object() + ": " + underway.getFirst().message()
              : underway.size() + " of " + total + " objects are on their way");
    }
    if (current < total) {
      return progressing("objects are being looked at");
    }
    return new Verdict(Status.READY, Optional.empty(), "", List.of(), current, again);
  }

  /** What waits behind what is not healthy is told with it. */
  private Verdict degraded(Optional<AppliedBundle> applied) {
    Verdict verdict = of(Status.DEGRADED, unhealthy);
    return applied.isPresent() && applied.get().outcome() instanceof AppliedBundle.Outcome.Held held
        ? new Verdict(
            verdict.status(),
            verdict.reason(),
            verdict.message() + "; wave " + held.wave() + " waits",
            verdict.problems(),
            current,
            again)
        : verdict;
  }

  private Verdict held(AppliedBundle.Outcome.Held held) {
    String objects =
        awaited.isEmpty()
            ? held.awaited().size() + " objects to be seen"
            : awaited.getFirst().object()
                + ": "
                + awaited.getFirst().message()
                + (awaited.size() > 1 ? ", and " + (awaited.size() - 1) + " more" : "");
    return new Verdict(
        Status.WAITING,
        Optional.of(Reason.WAVE_NOT_READY),
        "wave " + held.wave() + " waits for " + objects,
        awaited,
        current,
        again);
  }

  /** A person answers for what is wrong meanwhile: it is shown beside, and is not the status. */
  private Verdict suspended(AppliedBundle.Outcome.Suspended suspended) {
    List<ObjectProblem> problems = new ArrayList<>(failed);
    problems.addAll(unhealthy);
    problems.addAll(drifted);
    return new Verdict(
        Status.SUSPENDED, Optional.of(Reason.SUSPENDED), suspended.why(), problems, current, again);
  }

  /** Whether nothing is left to apply. */
  private static boolean isThrough(AppliedBundle result) {
    return result.whole() || result.outcome() instanceof AppliedBundle.Outcome.Withheld;
  }

  private Optional<Verdict> refused(AppliedBundle result, Instant since) {
    if (!(result.outcome() instanceof AppliedBundle.Outcome.Incomplete incomplete)) {
      return Optional.empty();
    }
    List<ObjectProblem> problems = new ArrayList<>(result.problems());
    problems.sort((a, b) -> Boolean.compare(isWaiting(a.reason()), isWaiting(b.reason())));
    problems.addAll(failed);
    boolean passes = incomplete.reason() == Reason.API_SERVER_UNAVAILABLE;
    if (passes && since.plus(timeout).isAfter(now)) {
      soonest(since.plus(timeout));
      return Optional.of(
          new Verdict(
              Status.PROGRESSING,
              Optional.of(incomplete.reason()),
              incomplete.message(),
              problems,
              current,
              again));
    }
    return Optional.of(
        new Verdict(
            Status.FAILED,
            Optional.of(incomplete.reason()),
            incomplete.message(),
            problems,
            current,
            again));
  }

  private static boolean isWaiting(Reason reason) {
    return reason.remedy() == Remedy.WAIT;
  }

  private Verdict progressing(String message) {
    return new Verdict(
        Status.PROGRESSING, Optional.of(Reason.PROGRESSING), message, underway, current, again);
  }

  private Verdict of(Status status, List<ObjectProblem> problems) {
    ObjectProblem first = problems.getFirst();
    return new Verdict(
        status,
        Optional.of(first.reason()),
        first.object()
            + ": "
            + first.message()
            + (problems.size() > 1 ? ", and " + (problems.size() - 1) + " more" : ""),
        problems,
        current,
        again);
  }
}
