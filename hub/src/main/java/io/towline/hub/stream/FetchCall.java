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
final class FetchCall extends OpenCall<FetchResponse> {
  /**
   * With the 32 KiB that gRPC queues before it says stop, a stalled reader holds at most 64 KiB.
   * The API allows chunks of up to 256 KiB.
   */
  static final int CHUNK_BYTES = 32 * 1024;

  private static final Logger LOG = Logger.getLogger(FetchCall.class);

  private final FetchPlan plan;
  private final EncodedBodies bodies;
  private final ServerCallStreamObserver<FetchResponse> out;
  private int index;
  private long offset;

  FetchCall(
      KnownCluster cluster,
      FetchPlan plan,
      EncodedBodies bodies,
      ServerCallStreamObserver<FetchResponse> out,
      Calls calls) {
    super(cluster, out, calls);
    this.plan = plan;
    this.bodies = bodies;
    this.out = out;
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
}
