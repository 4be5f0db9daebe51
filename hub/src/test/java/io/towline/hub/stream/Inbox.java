package io.towline.hub.stream;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What a client got, in order, and how the call ended. */
final class Inbox<T> implements StreamObserver<T> {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final BlockingQueue<T> messages = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();

  /** The next message; fails the test if none comes. */
  T next() throws InterruptedException {
    T message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("nothing came; the call's end: " + end.getNow(Status.OK));
    }
    return message;
  }

  /** How the call ended; waits for it. */
  Status end() throws InterruptedException {
    try {
      return end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the call goes on", e);
    }
  }

  boolean isEmpty() {
    return messages.isEmpty();
  }

  @Override
  public void onNext(T value) {
    messages.add(value);
  }

  @Override
  public void onError(Throwable cause) {
    end.complete(Status.fromThrowable(cause));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
