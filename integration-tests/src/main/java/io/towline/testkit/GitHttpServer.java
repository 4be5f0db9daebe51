package io.towline.testkit;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Serves a repository over smart HTTP on loopback or to a node, by git's own CGI program {@code
 * http-backend}. Can be stopped and started again on the same port, as a Git host that is away for
 * a while. Thread-safe but for start and stop.
 */
public final class GitHttpServer implements AutoCloseable {

  private static final int CHUNKED = 0;
  private static final int HTTP_OK = 200;
  private static final int HTTP_SERVER_ERROR = 500;

  private final GitRepository repository;
  private final Optional<Login> login;
  private final InetAddress address;
  private final int port = Ports.free();
  private final AtomicLong requests = new AtomicLong();
  private @Nullable HttpServer server;
  private @Nullable ExecutorService threads;

  private GitHttpServer(GitRepository repository, Optional<Login> login, InetAddress address) {
    this.address = address;
    this.repository = repository;
    this.login = login;
  }

  /** User and password of basic authentication. */
  public record Login(String user, String password) {}

  /** Serves a repository to everyone. */
  public static GitHttpServer start(GitRepository repository) {
    return start(repository, Optional.empty(), InetAddress.getLoopbackAddress());
  }

  /** Serves a repository to everyone in the network of a node. */
  public static GitHttpServer start(GitRepository repository, NodeNetwork network) {
    return start(repository, Optional.empty(), network.address());
  }

  /** Serves a repository to whoever has the login. */
  public static GitHttpServer start(GitRepository repository, Login login) {
    return start(repository, Optional.of(login), InetAddress.getLoopbackAddress());
  }

  private static GitHttpServer start(
      GitRepository repository, Optional<Login> login, InetAddress address) {
    GitHttpServer server = new GitHttpServer(repository, login, address);
    server.start();
    return server;
  }

  /** Starts to serve, again if need be, on the same port. Idempotent. */
  public void start() {
    if (server != null) {
      return;
    }
    try {
      HttpServer started = HttpServer.create(new InetSocketAddress(address, port), 0);
      ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
      started.setExecutor(workers);
      var context = started.createContext("/", this::serve);
      login.ifPresent(expected -> context.setAuthenticator(authenticator(expected)));
      started.start();
      server = started;
      threads = workers;
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port + " cannot be served", e);
    }
  }

  private static BasicAuthenticator authenticator(Login expected) {
    return new BasicAuthenticator("fleet") {
      @Override
      public boolean checkCredentials(String user, String password) {
        return expected.equals(new Login(user, password));
      }
    };
  }

  /** The address to clone from. */
  public String url() {
    return "http://"
        + address.getHostAddress()
        + ":"
        + port
        + "/"
        + repository.directory().getFileName();
  }

  /** How many requests were let in so far. */
  public long requests() {
    return requests.get();
  }

  private void serve(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    try (exchange) {
      Process backend = backend(exchange);
      try (OutputStream toBackend = backend.getOutputStream();
          InputStream body = exchange.getRequestBody()) {
        body.transferTo(toBackend);
      } catch (IOException backendWantedNoMore) {
        // It answers without reading everything when it refuses; the answer says why.
      }
      try (InputStream answer = new BufferedInputStream(backend.getInputStream())) {
        int status = passHeaders(answer, exchange.getResponseHeaders());
        exchange.sendResponseHeaders(status, CHUNKED);
        answer.transferTo(exchange.getResponseBody());
      }
    }
  }

  private Process backend(HttpExchange exchange) throws IOException {
    Path directory = repository.directory();
    ProcessBuilder builder =
        new ProcessBuilder("git", "http-backend").redirectError(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(variable -> variable.startsWith("GIT_"));
    environment.put("GIT_PROJECT_ROOT", directory.resolve("..").normalize().toString());
    environment.put("GIT_HTTP_EXPORT_ALL", "1");
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
    environment.put("REQUEST_METHOD", exchange.getRequestMethod());
    environment.put("PATH_INFO", exchange.getRequestURI().getPath());
    environment.put("REMOTE_ADDR", "127.0.0.1");
    pass(exchange.getRequestURI().getRawQuery(), "QUERY_STRING", environment);
    Headers headers = exchange.getRequestHeaders();
    pass(headers.getFirst("Content-Type"), "CONTENT_TYPE", environment);
    pass(headers.getFirst("Content-Length"), "CONTENT_LENGTH", environment);
    pass(headers.getFirst("Content-Encoding"), "HTTP_CONTENT_ENCODING", environment);
    pass(headers.getFirst("Git-Protocol"), "GIT_PROTOCOL", environment);
    return builder.start();
  }

  private static void pass(
      @Nullable String value, String variable, Map<String, String> environment) {
    environment.put(variable, value == null ? "" : value);
  }

  /** Hands on the headers of a CGI answer (RFC 3875, section 6) and returns its status. */
  private static int passHeaders(InputStream answer, Headers headers) throws IOException {
    int status = HTTP_OK;
    int lines = 0;
    for (String line = line(answer); !line.isEmpty(); line = line(answer)) {
      int colon = line.indexOf(':');
      String name = line.substring(0, colon);
      String value = line.substring(colon + 1).strip();
      if (name.equalsIgnoreCase("Status")) {
        status = Integer.parseInt(value.substring(0, value.indexOf(' ')));
      } else {
        headers.set(name, value);
      }
      lines++;
    }
    return lines == 0 ? HTTP_SERVER_ERROR : status;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n' && b >= 0; b = in.read()) {
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8).strip();
  }

  /** Stops to serve and frees the port. Idempotent. */
  public void stop() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
    if (threads != null) {
      threads.shutdownNow();
      threads = null;
    }
  }

  @Override
  public void close() {
    stop();
  }
}
