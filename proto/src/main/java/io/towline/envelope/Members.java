package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The members of one JSON object, taken by name. What is missing, null or of another type is
 * refused with the document's reason and the place as a JSON pointer; what nobody asks for is
 * ignored, so that documents can grow.
 */
final class Members {
  private final ObjectNode json;
  private final String place;
  private final Reason reason;

  private Members(ObjectNode json, String place, Reason reason) {
    this.json = json;
    this.place = place;
    this.reason = reason;
  }

  /** The members of the document's outermost object. */
  static Members ofDocument(byte[] bytes, Reason reason) {
    JsonNode node = StrictJson.read(bytes, StrictJson.Numbers.INTEGERS, reason);
    if (!(node instanceof ObjectNode object)) {
      throw new VerificationException(reason, "not a JSON object");
    }
    return new Members(object, "", reason);
  }

  /** Makes a record of what was read; what its constructor turns away is refused. */
  static <T> T build(Reason reason, Supplier<T> constructor) {
    try {
      return constructor.get();
    } catch (IllegalArgumentException e) {
      throw new VerificationException(reason, String.valueOf(e.getMessage()));
    }
  }

  /** A refusal at one member. */
  VerificationException refuse(String name, String why) {
    return new VerificationException(reason, place + "/" + name + " " + why);
  }

  String text(String name) {
    return text(name, Limits.TEXT_CHARACTERS);
  }

  String text(String name, int limit) {
    JsonNode node = json.path(name);
    if (!node.isTextual()) {
      throw refuse(name, "is not a text");
    }
    if (node.textValue().length() > limit) {
      throw refuse(name, "is longer than " + limit + " characters");
    }
    return node.textValue();
  }

  String nonEmptyText(String name) {
    String text = text(name);
    if (text.isEmpty()) {
      throw refuse(name, "is empty");
    }
    return text;
  }

  /** Whether a member is there at all, even as null. */
  boolean has(String name) {
    return json.has(name);
  }

  void constant(String name, String value) {
    if (!text(name).equals(value)) {
      throw refuse(name, "is not " + value);
    }
  }

  /** An integer within bounds, both included. */
  long integer(String name, long least, long most) {
    JsonNode node = json.path(name);
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw refuse(name, "is not an integer");
    }
    long value = node.longValue();
    if (value < least || value > most) {
      throw refuse(name, "is not between " + least + " and " + most);
    }
    return value;
  }

  boolean bool(String name) {
    JsonNode node = json.path(name);
    if (!node.isBoolean()) {
      throw refuse(name, "is not true or false");
    }
    return node.booleanValue();
  }

  Members object(String name) {
    if (!(json.path(name) instanceof ObjectNode object)) {
      throw refuse(name, "is not an object");
    }
    return new Members(object, place + "/" + name, reason);
  }

  Optional<Members> optionalObject(String name) {
    return has(name) ? Optional.of(object(name)) : Optional.empty();
  }

  /** A list of objects, each read by the function. */
  <T> List<T> objects(String name, int limit, Function<Members, T> reader) {
    return objects(name, array(name, limit), reader);
  }

  /**
   * A list of objects that only the bytes of the document bound: how many there may be is a refusal
   * of its own, later in the order.
   */
  <T> List<T> objects(String name, Function<Members, T> reader) {
    return objects(name, array(name, Integer.MAX_VALUE), reader);
  }

  private <T> List<T> objects(String name, JsonNode node, Function<Members, T> reader) {
    List<T> values = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      if (!(node.get(i) instanceof ObjectNode object)) {
        throw refuse(name + "/" + i, "is not an object");
      }
      values.add(reader.apply(new Members(object, place + "/" + name + "/" + i, reason)));
    }
    return values;
  }

  List<String> texts(String name, int limit) {
    JsonNode node = array(name, limit);
    List<String> values = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      JsonNode item = node.get(i);
      if (!item.isTextual() || item.textValue().length() > Limits.TEXT_CHARACTERS) {
        throw refuse(name + "/" + i, "is not a text");
      }
      values.add(item.textValue());
    }
    return values;
  }

  /** The members of an object whose names are data, each of them an object. */
  Map<String, Members> entries(String name, int limit) {
    if (!(json.path(name) instanceof ObjectNode object)) {
      throw refuse(name, "is not an object");
    }
    if (object.size() > limit) {
      throw refuse(name, "has more than " + limit + " members");
    }
    Members outer = object(name);
    Map<String, Members> entries = new LinkedHashMap<>();
    object.fieldNames().forEachRemaining(key -> entries.put(key, outer.object(key)));
    return entries;
  }

  /** {@code {"sha256": "<hex>"}}; other algorithms beside it are ignored. */
  Digest digestSet(String name) {
    return object(name).sha256("sha256");
  }

  Digest sha256(String name) {
    String hex = text(name);
    if (!Digest.isHex(hex)) {
      throw refuse(name, "is not 64 lower-case hexadecimal digits");
    }
    return new Digest(hex);
  }

  /** A UUID in its one canonical spelling. */
  UUID uuid(String name) {
    String text = text(name);
    return uuidOf(text).orElseThrow(() -> refuse(name, "is not a UUID in lower case"));
  }

  static Optional<UUID> uuidOf(String text) {
    try {
      UUID uuid = UUID.fromString(text);
      return uuid.toString().equals(text) ? Optional.of(uuid) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A time as {@code YYYY-MM-DDTHH:MM:SSZ} and in no other spelling. */
  Instant time(String name) {
    String text = text(name);
    try {
      Instant time = Instant.parse(text);
      // Also turns away leap seconds and 24:00, which the parser would move to another second.
      if (text.length() == 20 && time.toString().equals(text)) {
        return time;
      }
    } catch (DateTimeException e) {
      // Refused below.
    }
    throw refuse(name, "is not a time like 2026-11-23T08:00:00Z");
  }

  private JsonNode array(String name, int limit) {
    JsonNode node = json.path(name);
    if (!node.isArray()) {
      throw refuse(name, "is not a list");
    }
    if (node.size() > limit) {
      throw refuse(name, "has more than " + limit + " entries");
    }
    return node;
  }
}
