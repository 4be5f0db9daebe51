package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.vocabulary.Reason;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which fields of the schema this version honours. The one table of them: what the schema knows and
 * this does not name is refused as NotSupported, never ignored. A field below a named one is named
 * with it. {@code *} stands for an item of a list.
 */
final class HonouredFields {
  /** Fields at the top that begin so are for people and tools, and say nothing to Towline. */
  static final String EXTENSION = "x-";

  /** How far a field is honoured. */
  sealed interface Support {}

  /** With any value that the schema allows. */
  record Always() implements Support {}

  /** With these values, which say what this version does anyway or can do. */
  record Only(List<JsonNode> values) implements Support {
    static Only words(String... words) {
      return new Only(
          Arrays.stream(words)
              .<JsonNode>map(com.fasterxml.jackson.databind.node.TextNode::valueOf)
              .toList());
    }

    static Only bool(boolean value) {
      return new Only(List.of(com.fasterxml.jackson.databind.node.BooleanNode.valueOf(value)));
    }
  }

  private static final Support ALWAYS = new Always();

  private static final Map<DeclarationKind, SortedMap<String, Support>> TABLE =
      Map.of(
          DeclarationKind.BUNDLE, bundle(),
          DeclarationKind.FLEET, fleet(),
          DeclarationKind.CLUSTER, cluster());

  private HonouredFields() {}

  private static SortedMap<String, Support> bundle() {
    SortedMap<String, Support> fields = new TreeMap<>();
    for (String field :
        List.of(
            "apiVersion",
            "kind",
            "name",
            "description",
            "labels",
            "namespace",
            "kustomize",
            "manifests",
            "targets/*/name",
            "targets/*/clusters",
            "targets/*/exclude",
            "targets/*/namespace",
            "targets/*/kustomize",
            "suspend/reason",
            "suspend/until")) {
      fields.put("/" + field, ALWAYS);
    }
    fields.put("/dependsOn/*/name", ALWAYS);
    fields.put("/dependsOn/*/scope", Only.words("cluster"));
    fields.putAll(policies(""));
    return fields;
  }

  private static SortedMap<String, Support> fleet() {
    SortedMap<String, Support> fields = new TreeMap<>();
    for (String field :
        List.of("apiVersion", "kind", "name", "include", "exclude", "clusterSets")) {
      fields.put("/" + field, ALWAYS);
    }
    fields.putAll(policies("/defaults"));
    return fields;
  }

  private static SortedMap<String, Support> cluster() {
    SortedMap<String, Support> fields = new TreeMap<>();
    for (String field :
        List.of("apiVersion", "kind", "name", "labels", "suspend/reason", "suspend/until")) {
      fields.put("/" + field, ALWAYS);
    }
    return fields;
  }

  private static Map<String, Support> policies(String prefix) {
    Map<String, Support> fields = new LinkedHashMap<>();
    fields.put(prefix + "/prune/enabled", ALWAYS);
    fields.put(prefix + "/prune/onRemoval", Only.words("delete"));
    fields.put(prefix + "/drift/mode", Only.words("correct", "warn"));
    fields.put(prefix + "/health/timeout", ALWAYS);
    fields.put(prefix + "/health/wait", Only.bool(true));
    fields.put(prefix + "/apply/conflicts", ALWAYS);
    fields.put(prefix + "/apply/serviceAccount", ALWAYS);
    fields.put(prefix + "/apply/createNamespace", ALWAYS);
    fields.put(prefix + "/apply/takeBackFrom", ALWAYS);
    fields.put(prefix + "/apply/adopt", ALWAYS);
    fields.put(prefix + "/apply/recreateImmutable", ALWAYS);
    fields.put(prefix + "/rollout/strategy", Only.words("all"));
    for (String field : List.of("name", "schedule", "duration", "timezone", "action")) {
      fields.put(prefix + "/rollout/windows/*/" + field, ALWAYS);
      fields.put(prefix + "/drift/windows/*/" + field, ALWAYS);
    }
    fields.put(prefix + "/rollout/offline", Only.words("skip"));
    fields.put(prefix + "/rollout/onFailure", Only.words("continue"));
    return fields;
  }

  /** The table of one kind: how far the field at each path is honoured. */
  static SortedMap<String, Support> of(DeclarationKind kind) {
    SortedMap<String, Support> fields = TABLE.get(kind);
    if (fields == null) {
      throw new IllegalStateException("no fields of " + kind);
    }
    return fields;
  }

  /** Adds every field of a document that is not honoured, or not with its value. */
  static void check(DeclarationKind kind, JsonNode document, Findings findings) {
    check(of(kind), document, "", "", findings);
  }

  private static void check(
      SortedMap<String, Support> table,
      JsonNode node,
      String pointer,
      String path,
      Findings findings) {
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        check(table, node.get(i), Findings.item(pointer, i), path + "/*", findings);
      }
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      boolean extension = path.isEmpty() && field.getKey().startsWith(EXTENSION);
      String at = Findings.member(pointer, field.getKey());
      if (!extension && !findings.mentions(at)) {
        checkField(table, field, at, path + "/" + field.getKey(), findings);
      }
    }
  }

  private static void checkField(
      SortedMap<String, Support> table,
      Map.Entry<String, JsonNode> field,
      String pointer,
      String path,
      Findings findings) {
    Support support = table.get(path);
    if (support == null) {
      if (isAbove(table, path)) {
        check(table, field.getValue(), pointer, path, findings);
      } else if (!field.getValue().isArray() || !field.getValue().isEmpty()) {
        findings.key(
            pointer,
            Reason.NOT_SUPPORTED,
            Findings.word(field.getKey()) + " is not supported by this version of Towline");
      }
      return;
    }
    switch (support) {
      case Always() -> {}
      case Only(List<JsonNode> values) -> {
        if (!values.contains(field.getValue())) {
          findings.key(
              pointer,
              Reason.NOT_SUPPORTED,
              "in this version of Towline "
                  + Findings.word(field.getKey())
                  + " can only be "
                  + String.join(" or ", values.stream().map(JsonNode::asText).toList()));
        }
      }
    }
  }

  /** Whether a field below this one is in the table. */
  static boolean isAbove(SortedMap<String, Support> table, String path) {
    SortedMap<String, Support> from = table.tailMap(path + "/");
    return !from.isEmpty() && from.firstKey().startsWith(path + "/");
  }
}
