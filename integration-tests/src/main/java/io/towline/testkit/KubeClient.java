package io.towline.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Talks to an API server in JSON, by path, as one user. Paths are those of the API, such as {@code
 * /apis/apps/v1/namespaces/shop/deployments/web}; bodies are JSON texts or anything that Jackson
 * turns into a tree. Thread-safe.
 *
 * <p>An answer of 400 and above is a {@link KubeRefusal}; where absence is an answer, 404 is empty.
 */
public final class KubeClient {

  /** RFC 7386. */
  public static final String MERGE_PATCH = "application/merge-patch+json";

  /** RFC 6902. */
  public static final String JSON_PATCH = "application/json-patch+json";

  private static final String APPLY_PATCH = "application/apply-patch+yaml";
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String server;
  private final String token;
  private final HttpClient http;

  /**
   * A client for a server.
   *
   * @param server address without a path
   * @param token bearer token of the user
   * @param authority PEM file whose certificates are trusted
   */
  public KubeClient(String server, String token, Path authority) {
    this.server = server;
    this.token = token;
    this.http =
        HttpClient.newBuilder()
            .sslContext(TrustedCertificates.context(authority))
            .connectTimeout(REQUEST_TIMEOUT)
            .build();
  }

  /** Whether the server says that it is ready. A refused connection is a no. */
  public boolean isServing() {
    try {
      HttpRequest request = request("/readyz").timeout(REQUEST_TIMEOUT).GET().build();
      HttpResponse<Void> answer = http.send(request, HttpResponse.BodyHandlers.discarding());
      return answer.statusCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException notThereYet) {
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** The object, or empty if there is none. */
  public Optional<JsonNode> get(String path) {
    return orAbsent(() -> send(request(path).GET()));
  }

  /** The objects of a collection; {@code path} may carry a query such as a label selector. */
  public List<JsonNode> list(String path) {
    List<JsonNode> items = new ArrayList<>();
    listWithVersion(path).path("items").forEach(items::add);
    return items;
  }

  /** A collection as the server sends it, with the version that a watch can go on from. */
  JsonNode listWithVersion(String path) {
    return send(request(path).GET());
  }

  /** Creates an object in a collection and returns it as the server keeps it. */
  public JsonNode create(String collection, Object body) {
    return send(
        request(collection).header("Content-Type", "application/json").POST(publisher(body)));
  }

  /** Replaces an object; the body must carry the resourceVersion that is replaced. */
  public JsonNode replace(String path, Object body) {
    return send(request(path).header("Content-Type", "application/json").PUT(publisher(body)));
  }

  /** Patches an object with a {@link #MERGE_PATCH} or a {@link #JSON_PATCH}. */
  public JsonNode patch(String path, String patchType, Object body) {
    return send(request(path).header("Content-Type", patchType).method("PATCH", publisher(body)));
  }

  /**
   * Applies an object on the server's side as a field manager, taking fields of others by force.
   */
  public JsonNode apply(String path, String fieldManager, Object body) {
    String query = "?fieldManager=" + encode(fieldManager) + "&force=true";
    return send(
        request(path + query).header("Content-Type", APPLY_PATCH).method("PATCH", publisher(body)));
  }

  /** Deletes an object, its dependents in the background; false if there was none. */
  public boolean delete(String path) {
    return orAbsent(() -> send(request(path + "?propagationPolicy=Background").DELETE()))
        .isPresent();
  }

  /**
   * Watches an object until it is as wished and returns it so.
   *
   * @throws NotInTime with the object as it was seen last
   */
  public JsonNode await(String path, Duration within, String what, Predicate<JsonNode> wished) {
    return awaitAll(
            only(path), within, path + " " + what, objects -> objects.stream().anyMatch(wished))
        .getFirst();
  }

  /**
   * Watches until there is no such object.
   *
   * @throws NotInTime with the object as it was seen last
   */
  public void awaitGone(String path, Duration within) {
    awaitAll(only(path), within, path + " is gone", List::isEmpty);
  }

  /**
   * Watches a collection until all of it together is as wished and returns it so. Survives restarts
   * of the server.
   *
   * @param path of the collection, with a query to select from it if need be
   * @throws NotInTime with the objects as they were seen last
   */
  public List<JsonNode> awaitAll(
      String path, Duration within, String what, Predicate<List<JsonNode>> wished) {
    return new CollectionWatch(this, path).await(Deadline.in(within), what, wished);
  }

  /** Parses JSON text, for bodies and expectations. */
  public static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + text, e);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(server + path))
        .header("Authorization", "Bearer " + token)
        .header("Accept", "application/json");
  }

  /** Starts a watch; its events come as lines, without an end unless one side makes one. */
  LineStream lines(String path) {
    return LineStream.open(http, request(path).GET().build());
  }

  /** What a path answers that speaks no JSON, such as the log of a pod. */
  public String text(String path) {
    return answer(request(path).setHeader("Accept", "*/*").GET());
  }

  private JsonNode send(HttpRequest.Builder builder) {
    return json(answer(builder));
  }

  private String answer(HttpRequest.Builder builder) {
    HttpRequest request = builder.timeout(REQUEST_TIMEOUT).build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= HttpURLConnection.HTTP_BAD_REQUEST) {
        throw new KubeRefusal(request.method(), request.uri(), answer.statusCode(), answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(request.method() + " " + request.uri(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static Optional<JsonNode> orAbsent(Supplier<JsonNode> call) {
    try {
      return Optional.of(call.get());
    } catch (KubeRefusal refusal) {
      if (refusal.code() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw refusal;
    }
  }

  private static HttpRequest.BodyPublisher publisher(Object body) {
    String text = body instanceof String json ? json : JSON.valueToTree(body).toString();
    return HttpRequest.BodyPublishers.ofString(text);
  }

  static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while talking to an API server", e);
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /** The collection of an object, narrowed to that object: what a watch can be put on. */
  private static String only(String path) {
    int slash = path.lastIndexOf('/');
    return path.substring(0, slash)
        + "?fieldSelector="
        + encode("metadata.name=" + path.substring(slash + 1));
  }
}
