package io.towline.testkit;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.Want;
import io.towline.envelope.Digest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Answers requests for bodies as the current {@link Offer} has it. Thread-safe. */
final class BodyDeliveries {

  /** What the API allows in a chunk. */
  private static final int CHUNK_BYTES = 256 * 1024;

  /** What an endless body ends after, for readers that do not refuse it: 1 GiB. */
  private static final int ENDLESS_CHUNKS = 4_096;

  /** What an endless body declares beyond its true size: little enough to be believed. */
  private static final int SURPLUS = 256;

  private static final long BOUNDLESS_SIZE = 1L << 40;
  private static final ByteString NOISE = ByteString.copyFrom(new byte[CHUNK_BYTES]);

  private final AtomicLong bytesSent = new AtomicLong();
  private final Map<Digest, Integer> cuts = new HashMap<>();
  private @Nullable Offer offer;

  long bytesSent() {
    return bytesSent.get();
  }

  synchronized void begin(Offer next) {
    offer = next;
    cuts.clear();
  }

  Call call(ServerCallStreamObserver<FetchResponse> out) {
    return new Call(out);
  }

  private synchronized @Nullable Offer current() {
    return offer;
  }

  /** How often the delivery of this body was cut so far; counts one more. */
  private synchronized int nextCut(Digest digest) {
    int before = cuts.getOrDefault(digest, 0);
    cuts.put(digest, before + 1);
    return before;
  }

  /** One Fetch. Used by the one thread that writes to it, which waits while the reader is slow. */
  final class Call {
    private final ServerCallStreamObserver<FetchResponse> out;

    private Call(ServerCallStreamObserver<FetchResponse> out) {
      this.out = out;
      Runnable wake =
          () -> {
            synchronized (this) {
              notifyAll();
            }
          };
      out.setOnReadyHandler(wake);
      out.setOnCancelHandler(wake);
    }

    /** Answers one want; false if that was the end of the call. */
    boolean answer(Want want) {
      Digest digest = Digest.parse(want.getSha256());
      Offer current = current();
      byte[] body = current == null ? null : current.bodies().get(digest);
      if (current == null || body == null) {
        return fail(Status.NOT_FOUND, "no such body");
      }
      ByteString encoded = ByteString.copyFrom(Gzip.zip(body));
      int from = (int) want.getOffset();
      return switch (current.delivery(digest)) {
        case Delivery.Whole whole -> chunks(want, encoded, from, encoded.size(), CHUNK_BYTES);
        case Delivery.InChunksOf(int bytes) -> chunks(want, encoded, from, encoded.size(), bytes);
        case Delivery.CutAt cut -> cut(want, digest, encoded, cut);
        case Delivery.Withheld withheld -> fail(Status.NOT_FOUND, "no such body");
        case Delivery.Instead(ByteString other) -> {
          ByteString instead = ByteString.copyFrom(Gzip.zip(other.toByteArray()));
          yield chunks(want, instead, from, instead.size(), CHUNK_BYTES);
        }
        case Delivery.Encoded(ByteString bytes) ->
            chunks(want, bytes, from, bytes.size(), CHUNK_BYTES);
        case Delivery.LastChunkFirst last -> lastFirst(want, encoded);
        case Delivery.Endless endless -> endless(want, encoded, encoded.size() + SURPLUS);
        case Delivery.Boundless boundless -> endless(want, encoded, BOUNDLESS_SIZE);
        case Delivery.Unasked unasked ->
            send(
                chunk(want, encoded.size(), 0, encoded)
                    .setSha256(Digest.of(encoded.toByteArray()).hex())
                    .build());
        case Delivery.Delta(Digest base, ByteString delta) -> delta(want, encoded, base, delta);
      };
    }

    private boolean cut(Want want, Digest digest, ByteString encoded, Delivery.CutAt cut) {
      int from = (int) want.getOffset();
      int before = nextCut(digest);
      if (before >= cut.offsets().size()) {
        return chunks(want, encoded, from, encoded.size(), CHUNK_BYTES);
      }
      int end = Math.max(from, cut.offsets().get(before));
      return chunks(want, encoded, from, end, CHUNK_BYTES)
          && fail(Status.UNAVAILABLE, "the line is cut");
    }

    private boolean lastFirst(Want want, ByteString encoded) {
      int half = encoded.size() / 2;
      return send(chunk(want, encoded.size(), half, encoded.substring(half)).build())
          && send(chunk(want, encoded.size(), 0, encoded.substring(0, half)).build());
    }

    private boolean endless(Want want, ByteString encoded, long declared) {
      boolean going = send(chunk(want, declared, 0, encoded).build());
      long offset = encoded.size();
      for (int i = 0; going && i < ENDLESS_CHUNKS; i++) {
        going = send(chunk(want, declared, offset, NOISE).build());
        offset += NOISE.size();
      }
      return going;
    }

    private boolean delta(Want want, ByteString encoded, Digest base, ByteString delta) {
      if (!want.getHeldBasesList().contains(base.hex())) {
        return chunks(want, encoded, (int) want.getOffset(), encoded.size(), CHUNK_BYTES);
      }
      ByteString zipped = ByteString.copyFrom(Gzip.zip(delta.toByteArray()));
      return send(
          chunk(want, zipped.size(), 0, zipped)
              .setEncoding(FetchResponse.Encoding.ENCODING_DELTA_GZIP)
              .setBaseSha256(base.hex())
              .build());
    }

    private boolean chunks(Want want, ByteString encoded, int from, int to, int size) {
      boolean going = true;
      for (int at = from; going && at < to; at += size) {
        ByteString data = encoded.substring(at, Math.min(to, at + size));
        going = send(chunk(want, encoded.size(), at, data).build());
      }
      return going;
    }

    private static FetchResponse.Builder chunk(
        Want want, long encodedSize, long offset, ByteString data) {
      return FetchResponse.newBuilder()
          .setSha256(want.getSha256())
          .setEncoding(FetchResponse.Encoding.ENCODING_GZIP)
          .setOffset(offset)
          .setEncodedSize(encodedSize)
          .setData(data);
    }

    private boolean fail(Status status, String why) {
      if (!out.isCancelled()) {
        out.onError(status.withDescription(why).asRuntimeException());
      }
      return false;
    }

    /** Sends as soon as the reader takes it; false if the call is over. */
    private boolean send(FetchResponse chunk) {
      synchronized (this) {
        try {
          while (!out.isReady() && !out.isCancelled()) {
            wait();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      if (out.isCancelled()) {
        return false;
      }
      out.onNext(chunk);
      bytesSent.addAndGet(chunk.getData().size());
      return true;
    }
  }
}
