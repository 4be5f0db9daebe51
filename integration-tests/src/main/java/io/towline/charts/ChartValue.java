package io.towline.charts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One value of a chart, or a group of them.
 *
 * @param path from the root, as {@code image.tag}; empty for the root itself
 * @param fallback what holds if nobody says anything
 * @param meaning from its {@code # --} comment; a group has none
 * @param given members of its schema, from its {@code # @schema} comment
 * @param below of a group, its values in their order
 */
public record ChartValue(
    String path,
    JsonNode fallback,
    Optional<String> meaning,
    ObjectNode given,
    List<ChartValue> below) {

  public ChartValue {
    below = List.copyOf(below);
    if (meaning.isEmpty() == below.isEmpty()) {
      throw new IllegalArgumentException(
          path + ": a value wants a comment \"# -- ...\", a group of values has none");
    }
    if (meaning.isPresent()) {
      requireLimits(path, fallback, given);
    }
  }

  /** What type and default leave open has to be said. */
  private static void requireLimits(String path, JsonNode fallback, ObjectNode given) {
    if (fallback.isNull()) {
      throw new IllegalArgumentException(path + " has no default, and so no type");
    }
    if (fallback.isObject() && !given.has("additionalProperties")) {
      throw new IllegalArgumentException(path + ": # @schema has to say additionalProperties");
    }
    if (fallback.isArray() && !given.has("items")) {
      throw new IllegalArgumentException(path + ": # @schema has to say items");
    }
  }

  /** Its own name. */
  String name() {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** The values themselves, without the groups, in their order. */
  public Stream<ChartValue> leaves() {
    return below.isEmpty() ? Stream.of(this) : below.stream().flatMap(ChartValue::leaves);
  }

  /** The groups, this one first. */
  public Stream<ChartValue> groups() {
    return below.isEmpty()
        ? Stream.empty()
        : Stream.concat(Stream.of(this), below.stream().flatMap(ChartValue::groups));
  }

  /** Its JSON schema: closed unless it was given otherwise. */
  ObjectNode schema() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    if (below.isEmpty()) {
      schema.put("type", type()).put("description", meaning.orElseThrow());
      schema.set("default", fallback);
    } else {
      schema.put("type", "object").put("additionalProperties", false);
      ObjectNode properties = JsonNodeFactory.instance.objectNode();
      below.forEach(value -> properties.set(value.name(), value.schema()));
      schema.set("properties", properties);
    }
    schema.setAll(given);
    return schema;
  }

  private String type() {
    return switch (fallback.getNodeType()) {
      case BOOLEAN -> "boolean";
      case NUMBER -> fallback.isIntegralNumber() ? "integer" : "number";
      case ARRAY -> "array";
      case OBJECT -> "object";
      case STRING, BINARY, MISSING, NULL, POJO -> "string";
    };
  }
}
