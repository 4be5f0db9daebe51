package io.towline.agent.apply;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Carries requests to the API server and answers back, each within its time and its size. Safe for
 * many threads.
 */
final class KubeTransport implements AutoCloseable {
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final int MAX_OBJECT_BYTES = 8 << 20;
  private static final int MAX_ERROR_BYTES = 256 << 10;

  private final Connections connections;
  private final String server;
  private final Duration timeout;
  private final ScheduledThreadPoolExecutor deadlines;

  /**
   * @param timeout after which a call other than a watch is given up
   */
  KubeTransport(Config config, Duration timeout) {
    config.setRequestRetryBackoffLimit(0);
    String url = config.getMasterUrl();
    this.server = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.connections = new Connections(() -> new JdkHttpClientFactory().newBuilder(config).build());
    this.timeout = timeout;
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("towline-kube-deadlines").factory());
    deadlines.setRemoveOnCancelPolicy(true);
  }

  Duration timeout() {
    return timeout;
  }

  HttpRequest.Builder request(String path) {
    return connections.request().uri(server + path);
  }

  /** One request whose answer is one document. */
  JsonNode send(Account account, HttpRequest.Builder request, String what)
      throws KubeException, InterruptedException {
    HttpResponse<InputStream> response = exchange(account, request, what, timeout);
    try (InputStream body = bounded(response.body(), timeout)) {
      refuseErrors(response, body);
      return MAPPER.readTree(new LimitedStream(body, MAX_OBJECT_BYTES));
    } catch (IOException e) {
      throw KubeException.unreachable(what, e);
    }
  }

  /** A body that is cut off when it takes longer than it may. */
  InputStream bounded(InputStream body, Duration limit) throws IOException {
    ScheduledFuture<?> deadline;
    try {
      deadline =
          deadlines.schedule(() -> closeQuietly(body), limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      closeQuietly(body);
      throw new IOException("the client is closed", e);
    }
    return new FilterInputStream(body) {
      @Override
      public void close() throws IOException {
        deadline.cancel(false);
        super.close();
      }
    };
  }

  /** Sends a request and waits for the head of the answer. */
  HttpResponse<InputStream> exchange(
      Account account, HttpRequest.Builder request, String what, Duration limit)
      throws KubeException, InterruptedException {
    account.user().ifPresent(user -> request.setHeader("Impersonate-User", user));
    Connections.Place place = connections.take();
    boolean answered = false;
    try {
      HttpResponse<InputStream> answer = answer(place, request.build(), what, limit);
      answered = true;
      return place.held(answer);
    } finally {
      if (!answered) {
        place.giveBack();
      }
    }
  }

  private static HttpResponse<InputStream> answer(
      Connections.Place place, HttpRequest request, String what, Duration limit)
      throws KubeException, InterruptedException {
    CompletableFuture<HttpResponse<InputStream>> answer;
    try {
      answer = place.http().sendAsync(request, InputStream.class);
    } catch (IllegalStateException | RejectedExecutionException clientIsClosed) {
      throw KubeException.unreachable(what, clientIsClosed);
    }
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw KubeException.unreachable(what, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(true);
      place.renew();
      throw KubeException.unreachable(what, e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    }
  }

  /** Turns an answer that is an error into its exception. */
  static void refuseErrors(HttpResponse<InputStream> response, InputStream body)
      throws KubeException {
    if (response.isSuccessful()) {
      return;
    }
    JsonNode status;
    try {
      status = MAPPER.readTree(new LimitedStream(body, MAX_ERROR_BYTES));
    } catch (IOException notJson) {
      status = MAPPER.createObjectNode();
    }
    throw KubeException.ofStatus(
        response.code(), status, Optional.ofNullable(response.header("Retry-After")));
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
    connections.close();
  }

  static void closeQuietly(InputStream stream) {
    try {
      stream.close();
    } catch (IOException alreadyBroken) {
      // The connection is given up in either case.
    }
  }

  /** Fails instead of reading more than it may. */
  private static final class LimitedStream extends FilterInputStream {
    private long left;

    LimitedStream(InputStream in, long limit) {
      super(in);
      this.left = limit;
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      if (read >= 0) {
        take(1);
      }
      return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      if (read > 0) {
        take(read);
      }
      return read;
    }

    private void take(int count) throws IOException {
      left -= count;
      if (left < 0) {
        throw new IOException("the answer is larger than it may be");
      }
    }
  }
}
