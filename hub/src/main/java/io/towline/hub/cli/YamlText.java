package io.towline.hub.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ObjectJson;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * JSON written as block YAML. Texts are plain where no YAML reader could take them for anything
 * else, and otherwise quoted as JSON, which YAML 1.2 contains.
 */
final class YamlText {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][A-Za-z0-9_./@-]*");
  private static final Pattern NOT_TEXT =
      Pattern.compile("(?i)true|false|null|yes|no|on|off|y|n|\\.inf|\\.nan");

  private YamlText() {}

  static String of(JsonNode node) {
    StringBuilder out = new StringBuilder();
    append(node, "", out);
    return out.toString();
  }

  private static void append(JsonNode node, String indent, StringBuilder out) {
    if (node.isObject() && !node.isEmpty()) {
      String lead = "";
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        out.append(lead).append(text(member.getKey())).append(':');
        child(member.getValue(), indent, out);
        lead = indent;
      }
    } else if (node.isArray() && !node.isEmpty()) {
      String lead = "";
      Iterator<JsonNode> items = node.elements();
      while (items.hasNext()) {
        out.append(lead).append("- ");
        append(items.next(), indent + "  ", out);
        lead = indent;
      }
    } else {
      out.append(scalar(node)).append('\n');
    }
  }

  private static void child(JsonNode value, String indent, StringBuilder out) {
    if (value.isContainerNode() && !value.isEmpty()) {
      out.append('\n').append(indent).append("  ");
      append(value, indent + "  ", out);
    } else {
      out.append(' ').append(scalar(value)).append('\n');
    }
  }

  private static String scalar(JsonNode node) {
    // Numbers keep the characters that they were written in.
    return node.isTextual()
        ? text(node.textValue())
        : new String(ObjectJson.write(node), StandardCharsets.UTF_8);
  }

  private static String text(String text) {
    boolean plain = PLAIN.matcher(text).matches() && !NOT_TEXT.matcher(text).matches();
    return plain ? text : com.fasterxml.jackson.databind.node.TextNode.valueOf(text).toString();
  }
}
