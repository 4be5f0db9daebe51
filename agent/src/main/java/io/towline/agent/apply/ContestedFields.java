package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Names;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes out of a body the fields that the API server says are another's, so that the rest can be
 * applied. Pure but for the body that it is given.
 *
 * <p>A field is written as structured-merge-diff prints its paths: {@code .spec.replicas}, {@code
 * .spec.containers[name="web"].image}, {@code .data.tls.crt}. Names are not quoted there, so a path
 * is read along what the body holds.
 */
final class ContestedFields {
  private static final String OWN_LABEL = ".metadata.labels." + Names.BUNDLE_LABEL;

  private ContestedFields() {}

  /**
   * Takes the fields out.
   *
   * @return false, and the body is of no use, if one of them is not in it or cannot be done without
   */
  static boolean remove(ObjectNode body, Collection<String> fields) {
    for (String field : fields) {
      // By its label an object is watched.
      if (field.equals(OWN_LABEL) || !remove(body, field)) {
        return false;
      }
    }
    return !fields.isEmpty();
  }

  private static boolean remove(JsonNode node, String path) {
    if (path.startsWith(".") && node instanceof ObjectNode object) {
      return removeMember(object, path.substring(1));
    }
    if (path.startsWith("[") && node instanceof ArrayNode list) {
      return removeElement(list, path);
    }
    return false;
  }

  private static boolean removeMember(ObjectNode object, String path) {
    List<String> names =
        object.properties().stream()
            .map(Map.Entry::getKey)
            .filter(name -> path.startsWith(name))
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    for (String name : names) {
      String rest = path.substring(name.length());
      if (rest.isEmpty()) {
        object.remove(name);
        return true;
      }
      if (remove(object.path(name), rest)) {
        return true;
      }
    }
    return false;
  }

  private static boolean removeElement(ArrayNode list, String path) {
    Map<String, String> keys = new HashMap<>();
    int end = readKeys(path, keys);
    if (end < 0) {
      return false;
    }
    for (int i = 0; i < list.size(); i++) {
      if (matches(list.get(i), keys)) {
        if (end == path.length()) {
          list.remove(i);
          return true;
        }
        return remove(list.get(i), path.substring(end));
      }
    }
    return false;
  }

  /** A key that was not written was defaulted, for example the protocol of a port. */
  private static boolean matches(JsonNode element, Map<String, String> keys) {
    boolean some = false;
    for (Map.Entry<String, String> key : keys.entrySet()) {
      JsonNode value = key.getKey().isEmpty() ? element : element.path(key.getKey());
      if (!value.isMissingNode() && !written(value).equals(key.getValue())) {
        return false;
      }
      some |= !value.isMissingNode();
    }
    return some;
  }

  private static String written(JsonNode value) {
    return value.isTextual() ? "\"" + value.textValue() + "\"" : value.asText();
  }

  /**
   * Reads {@code [name="web",port=80]} or {@code [="value"]}.
   *
   * @return the place behind it; negative if it is of another form
   */
  private static int readKeys(String path, Map<String, String> keys) {
    int at = 1;
    while (at < path.length()) {
      int equal = path.indexOf('=', at);
      if (equal < 0) {
        return -1;
      }
      int end = endOfValue(path, equal + 1);
      if (end >= path.length()) {
        return -1;
      }
      keys.put(path.substring(at, equal), path.substring(equal + 1, end).replace("\\\"", "\""));
      if (path.charAt(end) == ']') {
        return end + 1;
      }
      at = end + 1;
    }
    return -1;
  }

  private static int endOfValue(String path, int from) {
    int at = from;
    boolean quoted = false;
    for (; at < path.length(); at++) {
      char c = path.charAt(at);
      if (c == '\\') {
        at++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ',' || c == ']')) {
        return at;
      }
    }
    return at;
  }
}
