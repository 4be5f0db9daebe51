package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ObjectJson;
import java.util.List;
import java.util.Map;

/**
 * The last touch before an object becomes bytes: doubles get the digits that kubectl would send,
 * and text that UTF-8 cannot hold is refused. Recursion ends at the depth that the readers allow.
 */
final class NormalForm {
  private NormalForm() {}

  /**
   * Changes an object in place.
   *
   * @throws IllegalArgumentException with a sentence for people, when a text is half a character
   */
  static void apply(ObjectNode object) {
    for (Map.Entry<String, JsonNode> member : List.copyOf(object.properties())) {
      checkText(member.getKey());
      object.set(member.getKey(), value(member.getValue()));
    }
  }

  private static JsonNode value(JsonNode node) {
    if (node instanceof ObjectNode object) {
      apply(object);
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, value(array.get(i)));
      }
    } else if (node.isDouble()) {
      return ObjectJson.number(GoNumbers.text(node.doubleValue()));
    } else if (node.isTextual()) {
      checkText(node.textValue());
    }
    return node;
  }

  private static void checkText(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new IllegalArgumentException("a text holds half a character (a lone surrogate)");
        }
        i++;
      }
    }
  }
}
