package io.towline.hub.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * API messages as JSON for programs: members named as the API names them in camel case, every
 * scalar and list there even when empty, times in RFC 3339, statuses and connections by their
 * words.
 */
final class ProtoJson {
  private ProtoJson() {}

  static ObjectNode of(MessageOrBuilder message) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isMapField()) {
        json.set(field.getJsonName(), map((List<?>) message.getField(field)));
      } else if (field.isRepeated()) {
        ArrayNode items = json.putArray(field.getJsonName());
        for (Object item : (List<?>) message.getField(field)) {
          items.add(value(field, item));
        }
      } else if (!field.hasPresence() || message.hasField(field)) {
        JsonNode value = value(field, message.getField(field));
        if (!value.isMissingNode()) {
          json.set(field.getJsonName(), value);
        }
      }
    }
    return json;
  }

  /** {@code STATUS_READY} as Ready: the words that people know, never the API's constants. */
  static String word(EnumValueDescriptor value) {
    String name = value.getName();
    String type = value.getType().getName().toUpperCase(Locale.ROOT) + "_";
    String bare = name.startsWith(type) ? name.substring(type.length()) : name;
    return bare.charAt(0) + bare.substring(1).toLowerCase(Locale.ROOT);
  }

  static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static ObjectNode map(List<?> entries) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (Object item : entries) {
      Message entry = (Message) item;
      FieldDescriptor key = entry.getDescriptorForType().findFieldByNumber(1);
      FieldDescriptor value = entry.getDescriptorForType().findFieldByNumber(2);
      json.set(String.valueOf(entry.getField(key)), value(value, entry.getField(value)));
    }
    return json;
  }

  private static JsonNode value(FieldDescriptor field, Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (field.getJavaType()) {
      case INT -> nodes.numberNode((Integer) value);
      case LONG -> nodes.numberNode((Long) value);
      case FLOAT -> nodes.numberNode((Float) value);
      case DOUBLE -> nodes.numberNode((Double) value);
      case BOOLEAN -> nodes.booleanNode((Boolean) value);
      case STRING -> nodes.textNode((String) value);
      case BYTE_STRING ->
          nodes.textNode(Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
      case ENUM -> {
        EnumValueDescriptor constant = (EnumValueDescriptor) value;
        yield constant.getNumber() == 0 ? nodes.missingNode() : nodes.textNode(word(constant));
      }
      case MESSAGE ->
          switch (value) {
            case Timestamp time -> nodes.textNode(instant(time).toString());
            case Duration duration ->
                nodes.numberNode(duration.getSeconds() + duration.getNanos() / 1e9);
            case MessageOrBuilder message -> of(message);
            default -> throw new IllegalArgumentException("not a message");
          };
    };
  }
}
