package io.towline.hub.stream;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.towline.agent.v1.FetchResponse;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.StoreException;
import io.towline.hub.stream.EncodedBodies.Encoded;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Sends the bodies of one fetch, a chunk at a time and only while the reader takes them. Between
 * two chunks it holds no body, so that a stalled reader costs what the transport has queued: less
 * than two chunks. gRPC calls {@link #pump} for one at a time; {@link #end} may come from any
 * thread.
 */
final class FetchCall implements AgentCall {
  /**
   * With the 32 KiB that gRPC queues before it says stop, a stalled reader holds at most 64 KiB.
   * The API allows chunks of up to 256 KiB.
   */
  static final int CHUNK_BYTES = 32 * 1024;

  private static final Logger LOG = Logger.getLogger(FetchCall.class);

  private final KnownCluster cluster;
  private final FetchPlan plan;
  private final EncodedBodies bodies;
  private final ServerCallStreamObserver<FetchResponse> out;
  private final Calls calls;
  private int index;
  private long offset;
  private boolean ended;

  FetchCall(
      KnownCluster cluster,
      FetchPlan plan,
      EncodedBodies bodies,
      ServerCallStreamObserver<FetchResponse> out,
      Calls calls) {
    this.cluster = cluster;
    this.plan = plan;
    this.bodies = bodies;
    this.out = out;
    this.calls = calls;
    this.offset = plan.items().isEmpty() ? 0 : plan.items().getFirst().offset();
  }

  @Override
  public Kind kind() {
    return Kind.FETCH;
  }

  /** Sends as much as the reader takes now. */
  void pump() {
    try {
      while (isOpen() && out.isReady()) {
        if (index == plan.items().size()) {
          complete();
          return;
        }
        sendChunk(plan.items().get(index));
      }
    } catch (StatusRuntimeException e) {
      end(e);
    } catch (StoreException e) {
      LOG.warn("A body could not be read", e);
      end(Calls.unavailable());
    }
  }

  private void sendChunk(FetchPlan.Item item) {
    Encoded encoded = encode(item);
    byte[] bytes = encoded.bytes();
    if (offset > bytes.length) {
      throw FetchPlan.offsetTooLarge();
    }
    int length = (int) Math.min(CHUNK_BYTES, bytes.length - offset);
    send(
        FetchResponse.newBuilder()
            .setSha256(item.digest())
            .setEncoding(encoded.encoding())
            .setBaseSha256(encoded.base())
            .setOffset(offset)
            .setEncodedSize(bytes.length)
            .setData(UnsafeByteOperations.unsafeWrap(bytes, (int) offset, length))
            .build());
    offset += length;
    if (offset == bytes.length) {
      index++;
      offset = index < plan.items().size() ? plan.items().get(index).offset() : 0;
    }
  }

  /** The smallest form that the agent can read. */
  private Encoded encode(FetchPlan.Item item) {
    Encoded best =
        bodies
            .whole(item.digest())
            .orElseThrow(
                () ->
                    Refusal.of(
                        Code.UNAVAILABLE, "BODY_AWAY", "A body is not in the store; try again."));
    for (String base : item.bases()) {
      Optional<Encoded> delta = bodies.delta(item.digest(), base);
      if (delta.isPresent() && delta.get().bytes().length < best.bytes().length) {
        best = delta.get();
      }
    }
    return best;
  }

  private synchronized boolean isOpen() {
    return !ended;
  }

  private synchronized void send(FetchResponse response) {
    if (!ended) {
      out.onNext(response);
    }
  }

  private void complete() {
    synchronized (this) {
      if (!ended) {
        ended = true;
        out.onCompleted();
      }
    }
    calls.closed(cluster.id(), this);
  }

  @Override
  public void end(StatusRuntimeException why) {
    synchronized (this) {
      if (!ended) {
        ended = true;
        out.onError(why);
      }
    }
    calls.closed(cluster.id(), this);
  }

  /** The agent went away. */
  void gone() {
    synchronized (this) {
      ended = true;
    }
    calls.closed(cluster.id(), this);
  }
}
