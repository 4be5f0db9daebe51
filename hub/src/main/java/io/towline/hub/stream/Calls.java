package io.towline.hub.stream;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
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

  private final Map<UUID, List<AgentCall>> open = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  /**
   * Takes a call in and, if its kind is exclusive, ends the older one with ABORTED. After {@link
   * #stop} the call itself is ended.
   *
   * @throws StatusRuntimeException RESOURCE_EXHAUSTED if there are too many of its kind
   */
  void opened(UUID cluster, AgentCall call) {
    List<AgentCall> older = new ArrayList<>();
    open.compute(
        cluster,
        (id, calls) -> {
          List<AgentCall> kept = new ArrayList<>(calls == null ? List.of() : calls);
          List<AgentCall> same = kept.stream().filter(c -> c.kind() == call.kind()).toList();
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
          kept.add(call);
          return kept;
        });
    older.forEach(
        call2 ->
            call2.end(
                Refusal.of(
                    Code.ABORTED,
                    "REPLACED",
                    "Another agent with this cluster's credential opened the same stream.")));
    if (stopped) {
      call.end(stopping());
      closed(cluster, call);
    }
  }

  /** Lets a call go. Idempotent. */
  void closed(UUID cluster, AgentCall call) {
    open.computeIfPresent(
        cluster,
        (id, calls) -> {
          List<AgentCall> kept = new ArrayList<>(calls);
          kept.remove(call);
          return kept.isEmpty() ? null : kept;
        });
  }

  /** Ends all calls of a cluster. */
  void cut(UUID cluster, StatusRuntimeException why) {
    List<AgentCall> calls = open.remove(cluster);
    if (calls != null) {
      calls.forEach(call -> call.end(why));
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

  /** The envelope streams that are open. */
  Stream<Follower> followers() {
    return open.values().stream()
        .flatMap(List::stream)
        .filter(Follower.class::isInstance)
        .map(Follower.class::cast);
  }

  /** What an agent is told while the database is away. */
  static StatusRuntimeException unavailable() {
    return Refusal.of(
        Code.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The hub's database is away; try again.");
  }
}
