package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes JSON so that equal content gives equal bytes: members sorted by UTF-16 code units, no
 * white space, texts escaped as RFC 8785 section 3.2.2.2 says. Integers have one form there and
 * here; other numbers keep the characters they were written in, and documents that are signed have
 * none.
 */
final class CanonicalJson {
  private CanonicalJson() {}

  static byte[] write(JsonNode node) {
    return write(node, Order.SORTED);
  }

  /** The same, but for the order of members, which is left as it is. */
  static byte[] writeInOrder(JsonNode node) {
    return write(node, Order.AS_IT_IS);
  }

  private enum Order {
    SORTED,
    AS_IT_IS
  }

  private static byte[] write(JsonNode node, Order order) {
    StringBuilder out = new StringBuilder();
    append(node, order, out);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void append(JsonNode node, Order order, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> appendObject(node, order, out);
      case ARRAY -> {
        out.append('[');
        Iterator<JsonNode> items = node.elements();
        while (items.hasNext()) {
          append(items.next(), order, out);
          if (items.hasNext()) {
            out.append(',');
          }
        }
        out.append(']');
      }
      case STRING -> appendText(node.textValue(), out);
      case BOOLEAN -> out.append(node.booleanValue());
      case NULL -> out.append("null");
      case NUMBER -> out.append(number(node));
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("not JSON: " + node.getNodeType());
    }
  }

  private static void appendObject(JsonNode node, Order order, StringBuilder out) {
    Map<String, JsonNode> members =
        switch (order) {
          case SORTED -> new TreeMap<>();
          case AS_IT_IS -> new LinkedHashMap<>();
        };
    node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
    out.append('{');
    boolean first = true;
    for (Map.Entry<String, JsonNode> member : members.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      appendText(member.getKey(), out);
      out.append(':');
      append(member.getValue(), order, out);
    }
    out.append('}');
  }

  private static String number(JsonNode node) {
    if (node instanceof WrittenNumber number) {
      return number.written();
    }
    if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
      throw new IllegalArgumentException("JSON has no infinity");
    }
    return node.asText();
  }

  private static void appendText(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < 0x20) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
