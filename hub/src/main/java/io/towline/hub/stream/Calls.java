package io.towline.hub.stream;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.hub.enroll.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The agents' calls that are open, by cluster: one Follow, one Report and a few Fetches each.
 * Thread-safe.
 */
final class Calls {
  /**
   * Fetches of one cluster at a time: one that works and one left over from a broken connection.
   */
  static final int MAX_FETCHES = 4;

  private final Map<UUID, List<Open>> open = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  private record Open(Caller caller, AgentCall call) {}

  /**
   * Takes a call in and, if its kind is exclusive, ends the older one with ABORTED. After {@link
   * #stop} the call itself is ended.
   *
   * @throws StatusRuntimeException RESOURCE_EXHAUSTED if there are too many of its kind
   */
  void opened(Caller caller, AgentCall call) {
    List<Open> older = new ArrayList<>();
    open.compute(
        caller.cluster().id(),
        (id, calls) -> {
          List<Open> kept = new ArrayList<>(calls == null ? List.of() : calls);
          List<Open> same = kept.stream().filter(o -> o.call().kind() == call.kind()).toList();
          if (call.kind() == AgentCall.Kind.FETCH) {
            if (same.size() >= MAX_FETCHES) {
              throw Refusal.of(
                  Code.RESOURCE_EXHAUSTED,
                  "TOO_MANY_FETCHES",
                  "A cluster may have " + MAX_FETCHES + " fetches at a time.");
            }
          } else {
            older.addAll(same);
            kept.removeAll(same);
          }
          kept.add(new Open(caller, call));
          return kept;
        });
    older.forEach(
        replaced ->
            replaced
                .call()
                .end(
                    Refusal.of(
                        Code.ABORTED,
                        "REPLACED",
                        "Another agent with this cluster's identity opened the same stream.")));
    if (stopped) {
      closed(caller.cluster().id(), call);
      call.end(stopping());
    }
  }

  /** Lets a call go. Idempotent. */
  void closed(UUID cluster, AgentCall call) {
    open.computeIfPresent(
        cluster,
        (id, calls) -> {
          List<Open> kept = new ArrayList<>(calls);
          kept.removeIf(one -> one.call().equals(call));
          return kept.isEmpty() ? null : kept;
        });
  }

  /** Ends all calls of a cluster. */
  void cut(UUID cluster, StatusRuntimeException why) {
    List<Open> calls = open.remove(cluster);
    if (calls != null) {
      calls.forEach(one -> one.call().end(why));
    }
  }

  /** Ends all calls of all clusters, and every one that is opened from now on. Idempotent. */
  void stop() {
    stopped = true;
    open.keySet().forEach(cluster -> cut(cluster, stopping()));
  }

  private static StatusRuntimeException stopping() {
    return Refusal.of(Code.UNAVAILABLE, "HUB_STOPS", "This hub stops; connect again.");
  }

  /** Ends all calls that came with that certificate's key. */
  void cut(Caller caller, StatusRuntimeException why) {
    List<AgentCall> ended =
        open.getOrDefault(caller.cluster().id(), List.of()).stream()
            .filter(one -> one.caller().equals(caller))
            .map(Open::call)
            .toList();
    // Let go of before the agent hears of it, so that what it does next finds the place free.
    ended.forEach(call -> closed(caller.cluster().id(), call));
    ended.forEach(call -> call.end(why));
  }

  /** Whom the calls that are open came from. */
  Set<Caller> callers() {
    return open.values().stream()
        .flatMap(List::stream)
        .map(Open::caller)
        .collect(Collectors.toSet());
  }

  /** The envelope streams that are open. */
  Stream<Follower> followers() {
    return open.values().stream()
        .flatMap(List::stream)
        .map(Open::call)
        .filter(Follower.class::isInstance)
        .map(Follower.class::cast);
  }

  /** What an agent is told while the database is away. */
  static StatusRuntimeException unavailable() {
    return Refusal.of(
        Code.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The hub's database is away; try again.");
  }
}
