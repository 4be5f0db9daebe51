package io.towline.hub.stream;

import com.google.protobuf.MessageLite;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A reader behind a transport as gRPC's: it queues what is sent, says that it takes no more from 32
 * KiB on, and calls back when it does again. It reads only when told to.
 */
final class FakeReader<T extends MessageLite> extends ServerCallStreamObserver<T> {
  private static final int THRESHOLD = 32 * 1024;

  private final ArrayDeque<T> queue = new ArrayDeque<>();
  private final List<T> read = new ArrayList<>();
  private int queuedBytes;
  private int mostQueuedBytes;
  private int mostQueued;
  private boolean open = true;
  private Runnable ready = () -> {};
  private Optional<Throwable> error = Optional.empty();
  private boolean completed;

  /** From now on it takes nothing, not even a first message. */
  void stall() {
    open = false;
  }

  /** Reads everything that comes until nothing more does. */
  void readAll() {
    open = true;
    do {
      while (!queue.isEmpty()) {
        read.add(queue.removeFirst());
      }
      queuedBytes = 0;
      ready.run();
    } while (!queue.isEmpty());
  }

  List<T> messages() {
    return read;
  }

  int queued() {
    return queue.size();
  }

  int mostQueued() {
    return mostQueued;
  }

  int mostQueuedBytes() {
    return mostQueuedBytes;
  }

  Optional<Throwable> error() {
    return error;
  }

  boolean completed() {
    return completed;
  }

  @Override
  public void onNext(T value) {
    queue.add(value);
    queuedBytes += value.getSerializedSize();
    mostQueuedBytes = Math.max(mostQueuedBytes, queuedBytes);
    mostQueued = Math.max(mostQueued, queue.size());
  }

  @Override
  public void onError(Throwable cause) {
    error = Optional.of(cause);
  }

  @Override
  public void onCompleted() {
    completed = true;
  }

  @Override
  public boolean isReady() {
    return open && queuedBytes < THRESHOLD;
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    ready = handler;
  }

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void request(int count) {}

  @Override
  public void setMessageCompression(boolean enable) {}
}
