package io.towline.testkit;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The lines of an HTTP answer that has no end, read with a deadline. One thread reads; closing
 * gives up the request.
 */
final class LineStream implements AutoCloseable {

  private final BlockingQueue<Optional<String>> arrived = new LinkedBlockingQueue<>();
  private final CompletableFuture<HttpResponse<Void>> answer;
  private final CompletableFuture<HttpResponse<Void>> end;

  private LineStream(HttpClient http, HttpRequest request) {
    this.answer =
        http.sendAsync(request, HttpResponse.BodyHandlers.fromLineSubscriber(new Collector()));
    // A request that never got an answer has no subscription whose end would be told.
    this.end = answer.whenComplete((response, failure) -> arrived.add(Optional.empty()));
  }

  static LineStream open(HttpClient http, HttpRequest request) {
    return new LineStream(http, request);
  }

  /** The next line; empty when the stream has ended or the deadline has passed. */
  Optional<String> next(Deadline deadline) {
    try {
      Optional<String> line = arrived.poll(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS);
      return line == null ? Optional.empty() : line;
    } catch (InterruptedException e) {
      throw KubeClient.interrupted(e);
    }
  }

  @Override
  public void close() {
    end.cancel(true);
    answer.cancel(true);
  }

  /** Puts every line into the queue as it arrives. */
  private final class Collector implements Flow.Subscriber<String> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      arrived.add(Optional.of(line));
    }

    @Override
    public void onError(Throwable failure) {
      arrived.add(Optional.empty());
    }

    @Override
    public void onComplete() {
      arrived.add(Optional.empty());
    }
  }
}
