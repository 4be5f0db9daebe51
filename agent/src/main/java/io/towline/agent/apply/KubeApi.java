package io.towline.agent.apply;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Six verbs of the Kubernetes API in plain JSON. Of fabric8 it uses the configuration (kubeconfig
 * or in-cluster, token renewal, TLS, proxies) and the HTTP client; no typed model, because what an
 * agent links is what it weighs.
 *
 * <p>Every call blocks and is meant for virtual threads. Safe for use by many threads. Nothing is
 * retried here: who calls knows what a repetition costs.
 */
public final class KubeApi implements AutoCloseable {
  /** Objects in one page of a list. */
  static final int PAGE = 500;

  private static final int MAX_PAGES = 10_000;

  /** For a page that someone takes in object by object. */
  private static final Duration LIST_LIMIT = Duration.ofMinutes(10);

  /** The API server answers a watch at once, before there is any event. */
  private static final Duration WATCH_OPENS_WITHIN = Duration.ofSeconds(5);

  private static final String JSON = "application/json";

  private final KubeTransport transport;

  private KubeApi(KubeTransport transport) {
    this.transport = transport;
  }

  /**
   * Connects lazily: nothing is sent before the first call.
   *
   * @param kubeconfig a kubeconfig file; empty for what the environment says (KUBECONFIG, then the
   *     service account of the pod)
   * @param timeout after which a call other than a watch is given up
   * @throws IOException if the kubeconfig cannot be read
   */
  public static KubeApi connect(Optional<Path> kubeconfig, Duration timeout) throws IOException {
    Config config;
    if (kubeconfig.isPresent()) {
      Path file = kubeconfig.get();
      if (!Files.isReadable(file)) {
        throw new IOException("no kubeconfig can be read at " + file);
      }
      config = Config.fromKubeconfig(file.toFile());
    } else {
      config = Config.autoConfigure(null);
    }
    return connect(config, timeout);
  }

  /** As {@link #connect(Optional, Duration)}, with a configuration made elsewhere. */
  public static KubeApi connect(Config config, Duration timeout) {
    return new KubeApi(new KubeTransport(config, timeout));
  }

  /** The document at a path, for example an object or the server's version. */
  public JsonNode get(Account account, String path) throws KubeException, InterruptedException {
    return get(account, path, JSON);
  }

  JsonNode get(Account account, String path, String accept)
      throws KubeException, InterruptedException {
    return transport.send(account, request(path).setHeader("Accept", accept), "GET " + path);
  }

  /** One object. */
  public JsonNode get(Account account, ApiResource resource, String namespace, String name)
      throws KubeException, InterruptedException {
    return get(account, resource.objectPath(namespace, name));
  }

  /**
   * Which objects of a kind are meant.
   *
   * @param parameter of a list or watch, with the ampersand; empty for all
   */
  public record Selector(String parameter) {
    /** All of them. */
    public static final Selector ALL = new Selector("");

    /** Those with a label, {@code name} or {@code name=value}. */
    public static Selector label(String label) {
      return new Selector("&labelSelector=" + encode(label));
    }

    /** The one of that name, in each namespace. */
    public static Selector name(String name) {
      return new Selector("&fieldSelector=" + encode("metadata.name=" + name));
    }
  }

  /** What a list is handed to, one object at a time. */
  public interface Items {
    /** Takes one object of the list; none is held on to. */
    void accept(JsonNode object) throws InterruptedException;
  }

  /**
   * Lists page by page and object by object, so that no more than one object is held.
   *
   * @param namespace empty for all
   * @return the resource version to watch from
   */
  public String list(
      Account account, ApiResource resource, String namespace, Selector selector, Items items)
      throws KubeException, InterruptedException {
    String next = "";
    for (int page = 0; page < MAX_PAGES; page++) {
      StringBuilder path = new StringBuilder(resource.collectionPath(namespace));
      path.append("?limit=").append(PAGE);
      path.append(selector.parameter());
      if (!next.isEmpty()) {
        path.append("&continue=").append(encode(next));
      }
      Page read = listPage(account, path.toString(), resource, items);
      if (read.next().isEmpty()) {
        return read.resourceVersion();
      }
      next = read.next();
    }
    throw KubeException.malformed("the list of " + resource.qualifiedName() + " does not end");
  }

  private record Page(String resourceVersion, String next) {}

  private Page listPage(Account account, String path, ApiResource resource, Items items)
      throws KubeException, InterruptedException {
    String what = "GET " + resource.collectionPath("");
    HttpResponse<InputStream> response =
        transport.exchange(
            account, request(path).setHeader("Accept", JSON), what, transport.timeout());
    try (InputStream body = transport.bounded(response.body(), LIST_LIMIT)) {
      KubeTransport.refuseErrors(response, body);
      return readPage(body, resource, items);
    } catch (IOException e) {
      throw KubeException.unreachable(what, e);
    }
  }

  private static Page readPage(InputStream body, ApiResource resource, Items items)
      throws IOException, InterruptedException {
    String version = "";
    String next = "";
    try (JsonParser parser = KubeTransport.MAPPER.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a list");
      }
      for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (field.equals("metadata")) {
          JsonNode metadata = KubeTransport.MAPPER.readTree(parser);
          version = metadata.path("resourceVersion").asText("");
          next = metadata.path("continue").asText("");
        } else if (field.equals("items") && value == JsonToken.START_ARRAY) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            JsonNode item = KubeTransport.MAPPER.readTree(parser);
            if (item instanceof ObjectNode object) {
              // The items of a typed list do not repeat what they are.
              object.put("apiVersion", resource.apiVersion()).put("kind", resource.kind());
            }
            items.accept(item);
          }
        } else {
          parser.skipChildren();
        }
      }
    }
    return new Page(version, next);
  }

  /** Creates an object that must not exist yet. */
  public JsonNode create(Account account, ApiResource resource, String namespace, String body)
      throws KubeException, InterruptedException {
    return create(account, resource.collectionPath(namespace), body);
  }

  JsonNode create(Account account, String path, String body)
      throws KubeException, InterruptedException {
    return transport.send(account, request(path).post(JSON, body), "POST " + path);
  }

  /** Merges a patch into an object; the resource version that it names must be the live one. */
  JsonNode patch(Account account, ApiResource resource, String namespace, String name, String patch)
      throws KubeException, InterruptedException {
    String path = resource.objectPath(namespace, name);
    return transport.send(
        account,
        request(path + "?fieldManager=" + Names.FIELD_MANAGER)
            .patch("application/merge-patch+json", patch)
            .setHeader("Accept", JSON),
        "PATCH " + path);
  }

  /**
   * What an apply came to.
   *
   * @param created whether the object did not exist before
   */
  public record Applied(
      boolean created, String uid, String resourceVersion, long generation, boolean terminating) {
    /** What there is to know of an object as the API server gives it. */
    static Applied of(JsonNode object, boolean created) {
      JsonNode metadata = object.path("metadata");
      return new Applied(
          created,
          metadata.path("uid").asText(""),
          metadata.path("resourceVersion").asText(""),
          metadata.path("generation").asLong(0),
          metadata.has("deletionTimestamp"));
    }
  }

  /** How an apply is made. */
  public enum ApplyMode {
    /** Fields of other managers are left to them: a conflict is an error. */
    RESPECT,
    /** Fields of other managers are taken over. */
    FORCE
  }

  /**
   * Server-side apply as field manager {@code towline}: creates or changes, and is its own read.
   * Idempotent.
   *
   * @param body the object as JSON, which is YAML too
   */
  public Applied apply(
      Account account,
      ApiResource resource,
      String namespace,
      String name,
      String body,
      ApplyMode mode)
      throws KubeException, InterruptedException {
    String path = resource.objectPath(namespace, name);
    HttpResponse<InputStream> response =
        transport.exchange(
            account, applyRequest(path, body, mode, ""), "PATCH " + path, transport.timeout());
    try (InputStream in = transport.bounded(response.body(), transport.timeout())) {
      KubeTransport.refuseErrors(response, in);
      return readApplied(in, response.code() == 201);
    } catch (IOException e) {
      throw KubeException.unreachable("PATCH " + path, e);
    }
  }

  /** The object that {@link #apply} would leave behind; nothing is changed. */
  public JsonNode applyDry(
      Account account, ApiResource resource, String namespace, String name, String body)
      throws KubeException, InterruptedException {
    String path = resource.objectPath(namespace, name);
    return transport.send(
        account, applyRequest(path, body, ApplyMode.FORCE, "&dryRun=All"), "PATCH " + path);
  }

  private HttpRequest.Builder applyRequest(
      String path, String body, ApplyMode mode, String parameters) {
    return request(
            path
                + "?fieldManager="
                + Names.FIELD_MANAGER
                + "&force="
                + (mode == ApplyMode.FORCE)
                + parameters)
        .patch("application/apply-patch+yaml", body)
        .setHeader("Accept", JSON);
  }

  /** Of the answer only the metadata is wanted: the rest is skipped as it arrives. */
  private static Applied readApplied(InputStream in, boolean created) throws IOException {
    ObjectNode object = KubeTransport.MAPPER.createObjectNode();
    try (JsonParser parser = KubeTransport.MAPPER.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not an object");
      }
      for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
        parser.nextToken();
        if (!field.equals("metadata")) {
          parser.skipChildren();
          continue;
        }
        JsonNode metadata = KubeTransport.MAPPER.readTree(parser);
        object.set("metadata", metadata);
      }
    }
    return Applied.of(object, created);
  }

  /** What a deletion came to. */
  public enum Deleted {
    /** It no longer exists. */
    GONE,
    /** It was not there. */
    ABSENT,
    /** The object of that name has another UID: it was left alone. */
    FOREIGN,
    /** It is marked for deletion and waits for its finalizers. */
    PENDING
  }

  /** Deletes an object if it still has that UID; its dependents go in the background. */
  public Deleted delete(
      Account account, ApiResource resource, String namespace, String name, String uid)
      throws KubeException, InterruptedException {
    String path = resource.objectPath(namespace, name);
    JsonNode options =
        KubeTransport.MAPPER
            .createObjectNode()
            .put("apiVersion", "v1")
            .put("kind", "DeleteOptions")
            .put("propagationPolicy", "Background")
            .set("preconditions", KubeTransport.MAPPER.createObjectNode().put("uid", uid));
    try {
      JsonNode answer =
          transport.send(account, request(path).delete(JSON, options.toString()), "DELETE " + path);
      boolean stillThere = answer.path("metadata").has("deletionTimestamp");
      return stillThere && answer.path("metadata").path("finalizers").size() > 0
          ? Deleted.PENDING
          : Deleted.GONE;
    } catch (KubeException e) {
      if (e.notFound()) {
        return Deleted.ABSENT;
      }
      if (e.code() == 409) {
        return Deleted.FOREIGN;
      }
      throw e;
    }
  }

  /**
   * Follows the changes of a kind.
   *
   * @param resourceVersion where to go on from
   * @param serverTimeout after which the server ends the watch by itself
   */
  public Watch watch(
      Account account,
      ApiResource resource,
      String namespace,
      Selector selector,
      String resourceVersion,
      Duration serverTimeout)
      throws KubeException, InterruptedException {
    String path =
        resource.collectionPath(namespace)
            + "?watch=true&allowWatchBookmarks=true&timeoutSeconds="
            + serverTimeout.toSeconds()
            + "&resourceVersion="
            + encode(resourceVersion)
            + selector.parameter();
    String what = "watch " + resource.qualifiedName();
    HttpResponse<InputStream> response =
        transport.exchange(
            account,
            request(path).setHeader("Accept", JSON).forStreaming(),
            what,
            transport.timeout().compareTo(WATCH_OPENS_WITHIN) < 0
                ? transport.timeout()
                : WATCH_OPENS_WITHIN);
    InputStream body = response.body();
    try {
      KubeTransport.refuseErrors(response, body);
      return new Watch(body, what);
    } catch (KubeException e) {
      KubeTransport.closeQuietly(body);
      throw e;
    }
  }

  /** A running watch. One thread reads it; any thread may close it. */
  public static final class Watch implements AutoCloseable {
    private final InputStream body;
    private final String what;

    /** Made with the first event: making it waits for the first bytes. */
    private Optional<JsonParser> parser = Optional.empty();

    private Watch(InputStream body, String what) {
      this.body = body;
      this.what = what;
    }

    /**
     * Waits for the next event, {@code {"type": ..., "object": ...}}.
     *
     * @return empty when the server ended the watch in good order
     * @throws KubeException if the connection broke or the watch was closed
     */
    public Optional<JsonNode> next() throws KubeException {
      try {
        if (parser.isEmpty()) {
          parser = Optional.of(KubeTransport.MAPPER.createParser(body));
        }
        JsonParser events = parser.get();
        JsonToken token = events.nextToken();
        if (token == null) {
          return Optional.empty();
        }
        if (token != JsonToken.START_OBJECT) {
          throw new IOException("not a watch event");
        }
        return Optional.of(KubeTransport.MAPPER.readTree(events));
      } catch (IOException e) {
        throw KubeException.unreachable(what, e);
      }
    }

    /** Ends the watch: a waiting {@link #next} returns with an exception. */
    @Override
    public void close() {
      KubeTransport.closeQuietly(body);
    }
  }

  /** What an ERROR event of a watch says. */
  public static KubeException errorOf(JsonNode status) {
    return KubeException.ofStatus(status.path("code").asInt(500), status, Optional.empty());
  }

  private HttpRequest.Builder request(String path) {
    return transport.request(path);
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    transport.close();
  }
}
