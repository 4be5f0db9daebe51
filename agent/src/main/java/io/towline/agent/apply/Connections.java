package io.towline.agent.apply;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * As many connections to the API server as what is under way needs: one, until there are watches of
 * many kinds for many accounts. Safe for many threads.
 */
final class Connections implements AutoCloseable {
  /**
   * Requests and watches that share a connection. An API server takes 100 on one, and the client
   * refuses what is beyond.
   */
  static final int STREAMS = 80;

  private final Supplier<HttpClient> connector;
  private final List<Connection> open = new ArrayList<>();
  private boolean closed;

  Connections(Supplier<HttpClient> connector) {
    this.connector = connector;
    open.add(new Connection(connector.get()));
  }

  private static final class Connection {
    private HttpClient http;
    private int streams;

    private Connection(HttpClient http) {
      this.http = http;
    }
  }

  /** Room for one request on a connection, to be given back once. */
  final class Place {
    private final Connection connection;
    private final HttpClient http;
    private final AtomicBoolean taken = new AtomicBoolean(true);

    private Place(Connection connection) {
      this.connection = connection;
      this.http = connection.http;
    }

    HttpClient http() {
      return http;
    }

    /** Idempotent. */
    void giveBack() {
      if (taken.compareAndSet(true, false)) {
        synchronized (Connections.this) {
          connection.streams--;
        }
      }
    }

    /**
     * Gives up a connection that does not answer. It may be dead without having been closed, and
     * HTTP/2 would send everything else into it too; its watches begin anew.
     */
    void renew() {
      synchronized (Connections.this) {
        if (!closed && connection.http.equals(http)) {
          connection.http = connector.get();
          http.close();
        }
      }
    }

    /** An answer whose body gives the place back when it is closed. */
    HttpResponse<InputStream> held(HttpResponse<InputStream> answer) {
      return new Held(answer, this);
    }
  }

  /** Room on the first connection that has some. */
  synchronized Place take() {
    for (Connection connection : open) {
      if (connection.streams < STREAMS) {
        connection.streams++;
        return new Place(connection);
      }
    }
    Connection another = new Connection(connector.get());
    another.streams++;
    open.add(another);
    return new Place(another);
  }

  /** What makes requests: any connection's does. */
  synchronized HttpRequest.Builder request() {
    return open.getFirst().http.newHttpRequestBuilder();
  }

  @Override
  public synchronized void close() {
    closed = true;
    open.forEach(connection -> connection.http.close());
  }

  private static final class Held implements HttpResponse<InputStream> {
    private final HttpResponse<InputStream> answer;
    private final InputStream body;

    private Held(HttpResponse<InputStream> answer, Place place) {
      this.answer = answer;
      this.body =
          new FilterInputStream(answer.body()) {
            @Override
            public void close() throws IOException {
              try {
                super.close();
              } finally {
                place.giveBack();
              }
            }
          };
    }

    @Override
    public int code() {
      return answer.code();
    }

    @Override
    public InputStream body() {
      return body;
    }

    @Override
    public HttpRequest request() {
      return answer.request();
    }

    @Override
    public Optional<HttpResponse<?>> previousResponse() {
      return answer.previousResponse();
    }

    @Override
    public List<String> headers(String key) {
      return answer.headers(key);
    }

    @Override
    public Map<String, List<String>> headers() {
      return answer.headers();
    }
  }
}
