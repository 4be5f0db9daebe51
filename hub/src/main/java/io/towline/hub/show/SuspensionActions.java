package io.towline.hub.show;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.ListSuspensionsResponse;
import io.towline.fleet.v1.ResumeRequest;
import io.towline.fleet.v1.ResumeResponse;
import io.towline.fleet.v1.SuspendRequest;
import io.towline.hub.store.Suspension;
import io.towline.hub.store.Suspensions;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.hub.stream.ProtoTime;
import io.towline.hub.stream.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The calls by which people suspend and resume. Blocks. Throws as {@link FleetReads} does.
 * Thread-safe.
 */
public final class SuspensionActions {
  /** Longer than this belongs into Git, where others see it. */
  static final Duration LONGEST = Duration.ofDays(30);

  private final FleetReads reads;
  private final Suspensions suspensions;
  private final InstantSource clock;

  public SuspensionActions(FleetReads reads, Suspensions suspensions, InstantSource clock) {
    this.reads = reads;
    this.suspensions = suspensions;
    this.clock = clock;
  }

  /** Suspends what exists, with a reason. */
  public io.towline.fleet.v1.Suspension suspend(SuspendRequest request) {
    Scope scope = ResourceNames.suspendable(request.getName());
    if (request.getReason().isBlank()) {
      throw Refusal.badField(
          "REASON_MISSING", "reason", "Say why, so that others know whether they may resume it.");
    }
    limit("reason", request.getReason(), Suspension.MAX_REASON);
    limit("by", request.getBy(), Suspension.MAX_BY);
    requireThere(request.getName(), scope);
    return suspensions
        .suspend(scope, request.getBy(), request.getReason().strip(), end(request))
        .map(SuspensionActions::message)
        .orElseThrow(
            () -> Refusal.of(Code.NOT_FOUND, "CLUSTER_NOT_FOUND", "The cluster was removed."));
  }

  private Optional<Instant> end(SuspendRequest request) {
    Optional<Duration> life = FleetActions.life(request.hasTtl(), request.getTtl());
    if (life.filter(one -> !one.isPositive() || one.compareTo(LONGEST) > 0).isPresent()) {
      throw Refusal.badField("TTL_INVALID", "ttl", "A suspension lasts up to 30 days.");
    }
    return life.map(clock.instant()::plus);
  }

  private static void limit(String field, String text, int most) {
    if (text.length() > most) {
      throw Refusal.badField("LIMIT_EXCEEDED", field, "It has at most " + most + " characters.");
    }
  }

  private void requireThere(String name, Scope scope) {
    if (scope.bundle().isPresent() && scope.cluster().isPresent()) {
      reads.target(name);
    } else if (scope.bundle().isPresent()) {
      reads.bundle(name);
    } else {
      reads.cluster(name);
    }
  }

  /** Lifts what a person suspended of exactly that name. */
  public ResumeResponse resume(ResumeRequest request) {
    Scope scope = ResourceNames.suspendable(request.getName());
    limit("by", request.getBy(), Suspension.MAX_BY);
    boolean resumed = suspensions.resume(scope, request.getBy());
    List<Suspension> left = suspensions.all().stream().filter(one -> holds(one, scope)).toList();
    if (!left.isEmpty()) {
      throw elsewhere(resumed, left);
    }
    if (!resumed) {
      requireThere(request.getName(), scope);
    }
    return ResumeResponse.newBuilder().setResumed(resumed).build();
  }

  /** Whether it keeps all of the scope suspended: it is of the same, or of more. */
  private static boolean holds(Suspension one, Scope scope) {
    return (one.scope().bundle().isEmpty() || one.scope().bundle().equals(scope.bundle()))
        && (one.scope().cluster().isEmpty() || one.scope().cluster().equals(scope.cluster()));
  }

  private static StatusRuntimeException elsewhere(boolean resumed, List<Suspension> left) {
    String ways =
        left.stream()
            .map(
                one ->
                    one.origin() == Suspension.Origin.GIT
                        ? "take suspend out of " + one.by()
                        : "towline resume " + subject(one.scope()))
            .collect(Collectors.joining("; "));
    return Refusal.of(
        Code.FAILED_PRECONDITION,
        "SUSPENDED_ELSEWHERE",
        (resumed ? "Resumed, and it is still suspended. " : "")
            + left.stream().map(Suspension::sentence).collect(Collectors.joining(" "))
            + " To lift it: "
            + ways,
        Map.of("suspensions", Integer.toString(left.size())));
  }

  private static String subject(Scope scope) {
    if (scope.bundle().isPresent() && scope.cluster().isPresent()) {
      return "target " + scope.bundle().get() + "@" + scope.cluster().get();
    }
    return scope.bundle().map(name -> "bundle " + name).orElse("")
        + scope.cluster().map(name -> "cluster " + name).orElse("");
  }

  /** Everything that is suspended now. */
  public ListSuspensionsResponse list() {
    return ListSuspensionsResponse.newBuilder()
        .addAllSuspensions(suspensions.all().stream().map(SuspensionActions::message).toList())
        .build();
  }

  private static io.towline.fleet.v1.Suspension message(Suspension one) {
    Scope scope = one.scope();
    io.towline.fleet.v1.Suspension.Builder message =
        io.towline.fleet.v1.Suspension.newBuilder()
            .setName(
                scope.bundle().isEmpty()
                    ? ResourceNames.cluster(scope.cluster().orElseThrow())
                    : scope
                        .cluster()
                        .map(cluster -> ResourceNames.target(scope.bundle().get(), cluster))
                        .orElseGet(() -> ResourceNames.bundle(scope.bundle().get())))
            .setReason(one.reason())
            .setBy(one.by())
            .setBeginTime(ProtoTime.of(one.since()))
            .setFromGit(one.origin() == Suspension.Origin.GIT);
    one.until().ifPresent(end -> message.setEndTime(ProtoTime.of(end)));
    return message.build();
  }
}
