package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
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
    StringBuilder out = new StringBuilder();
    append(node, out);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void append(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> appendObject(node, out);
      case ARRAY -> {
        out.append('[');
        Iterator<JsonNode> items = node.elements();
        while (items.hasNext()) {
          append(items.next(), out);
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

  private static void appendObject(JsonNode node, StringBuilder out) {
    Map<String, JsonNode> members = new TreeMap<>();
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
      append(member.getValue(), out);
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
