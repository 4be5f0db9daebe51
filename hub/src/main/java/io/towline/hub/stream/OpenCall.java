package io.towline.hub.stream;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.towline.hub.store.KnownCluster;

/**
 * A call that ends once, whoever ends it first: it itself, the hub, or the agent that goes away.
 * Nothing is sent after the end, and the call is no longer among the open ones. Thread-safe.
 */
abstract class OpenCall<R> implements AgentCall {
  private final KnownCluster cluster;
  private final ServerCallStreamObserver<R> out;
  private final Calls calls;
  private boolean ended;

  OpenCall(KnownCluster cluster, ServerCallStreamObserver<R> out, Calls calls) {
    this.cluster = cluster;
    this.out = out;
    this.calls = calls;
  }

  final synchronized boolean isOpen() {
    return !ended;
  }

  /** Sends, unless the call has ended. */
  final synchronized void send(R response) {
    if (!ended) {
      out.onNext(response);
    }
  }

  /** All is said. */
  final void complete() {
    finish(out::onCompleted);
  }

  @Override
  public final void end(StatusRuntimeException why) {
    finish(() -> out.onError(why));
  }

  /** The agent went away. */
  final void gone() {
    finish(() -> {});
  }

  private void finish(Runnable said) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    // Before the agent hears of it, so that what it opens next finds the place free.
    calls.closed(cluster.id(), this);
    said.run();
  }
}
