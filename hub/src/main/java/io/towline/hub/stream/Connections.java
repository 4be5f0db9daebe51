package io.towline.hub.stream;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.hub.enroll.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the connections of one agent's key: the one that it uses, and one that it gave up or is
 * changing to. Calls on a further one are refused until one of the two is gone, which takes no
 * longer than the server's keepalive. A connection counts from its first call that was let in, so
 * {@link Authentication} comes before this. Thread-safe.
 */
final class Connections extends ServerTransportFilter implements ServerInterceptor {
  /** Connections of one key; the next key of a renewal has its own. */
  static final int MAX_OF_A_KEY = 2;

  private static final Attributes.Key<Connection> CONNECTION =
      Attributes.Key.create("towline-connection");

  private final Map<Caller, List<Connection>> open = new ConcurrentHashMap<>();

  /** Compared by identity. */
  private static final class Connection {
    final Set<Caller> callers = ConcurrentHashMap.newKeySet();
    volatile boolean closed;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.toBuilder().set(CONNECTION, new Connection()).build();
  }

  @Override
  public void transportTerminated(@Nullable Attributes attributes) {
    // None if the handshake failed, and then not even attributes.
    Connection connection = attributes == null ? null : attributes.get(CONNECTION);
    if (connection != null) {
      connection.closed = true;
      connection.callers.forEach(caller -> leave(caller, connection));
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Connection connection = call.getAttributes().get(CONNECTION);
    Optional<Caller> caller = Authentication.identity();
    if (connection != null && caller.isPresent() && !joins(caller.get(), connection)) {
      StatusRuntimeException why =
          Refusal.of(
              Code.RESOURCE_EXHAUSTED,
              "TOO_MANY_CONNECTIONS",
              "An agent may have " + MAX_OF_A_KEY + " connections at a time.");
      call.close(why.getStatus(), Optional.ofNullable(why.getTrailers()).orElseGet(Metadata::new));
      return new ServerCall.Listener<>() {};
    }
    return next.startCall(call, headers);
  }

  private boolean joins(Caller caller, Connection connection) {
    connection.callers.add(caller);
    List<Connection> now =
        open.compute(
            caller,
            (id, before) -> {
              List<Connection> connections = before == null ? List.of() : before;
              // One that closed meanwhile has left already, and does not come back.
              if (connection.closed
                  || connections.contains(connection)
                  || connections.size() >= MAX_OF_A_KEY) {
                return before;
              }
              List<Connection> more = new ArrayList<>(connections);
              more.add(connection);
              return List.copyOf(more);
            });
    return now != null && now.contains(connection);
  }

  private void leave(Caller caller, Connection connection) {
    open.computeIfPresent(
        caller,
        (id, connections) -> {
          List<Connection> kept =
              connections.stream().filter(other -> other != connection).toList();
          return kept.isEmpty() ? null : kept;
        });
  }
}
