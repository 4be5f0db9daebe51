package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Lists a collection and follows it by a watch until it is as wished. Where the watch breaks (the
 * server restarts, the version is too old) it lists again.
 */
final class CollectionWatch {

  private final KubeClient client;
  private final String path;
  private final Map<String, JsonNode> objects = new LinkedHashMap<>();

  CollectionWatch(KubeClient client, String path) {
    this.client = client;
    this.path = path;
  }

  List<JsonNode> await(Deadline deadline, String what, Predicate<List<JsonNode>> wished) {
    while (!deadline.expired()) {
      try {
        String version = list();
        if (wished.test(seen()) || follow(version, deadline, wished)) {
          return seen();
        }
      } catch (UncheckedIOException away) {
        deadline.pause();
      } catch (KubeRefusal refusal) {
        if (refusal.code() < HttpURLConnection.HTTP_INTERNAL_ERROR) {
          throw refusal;
        }
        deadline.pause();
      }
    }
    throw deadline.missed(what + "; last seen: " + seen());
  }

  private String list() {
    JsonNode list = client.listWithVersion(path);
    objects.clear();
    list.path("items").forEach(this::put);
    return list.path("metadata").path("resourceVersion").asText();
  }

  /** True if the wish came true, false if the watch or the time for it ended before. */
  private boolean follow(String version, Deadline deadline, Predicate<List<JsonNode>> wished) {
    char separator = path.indexOf('?') < 0 ? '?' : '&';
    try (LineStream lines =
        client.lines(path + separator + "watch=true&resourceVersion=" + version)) {
      Optional<String> line = lines.next(deadline);
      while (line.isPresent() && take(KubeClient.json(line.get()))) {
        if (wished.test(seen())) {
          return true;
        }
        line = lines.next(deadline);
      }
      return false;
    }
  }

  /** Takes an event in; false if it is none, which is how a server says that it cannot go on. */
  private boolean take(JsonNode event) {
    JsonNode object = event.path("object");
    switch (event.path("type").asText()) {
      case "ADDED", "MODIFIED" -> put(object);
      case "DELETED" -> objects.remove(uid(object));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void put(JsonNode object) {
    objects.put(uid(object), object);
  }

  private static String uid(JsonNode object) {
    return object.path("metadata").path("uid").asText();
  }

  private List<JsonNode> seen() {
    return List.copyOf(objects.values());
  }
}
