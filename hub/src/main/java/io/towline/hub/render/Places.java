package io.towline.hub.render;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import io.towline.hub.resolve.Position;
import io.towline.hub.resolve.YamlDocument;
import java.io.IOException;

/** Where the values of one document stand in their file. */
@FunctionalInterface
interface Places {
  /**
   * Where a value's key begins, or the value itself if it has none.
   *
   * @param pointer RFC 6901; where it leads to nothing, the nearest value above it counts
   */
  Position at(String pointer);

  /** Places of a YAML document that begins some lines into its file. */
  static Places of(YamlDocument document, int linesBefore) {
    return pointer -> {
      Position position = document.keyAt(pointer);
      return new Position(position.line() + linesBefore, position.column());
    };
  }

  /**
   * Places of one value of a JSON stream. Looked up by reading the stream again, because only a
   * mistake asks for them.
   *
   * @param index which value of the stream, from 0
   */
  static Places ofJson(byte[] stream, int index) {
    return pointer -> {
      try (JsonParser parser = new JsonFactory().createParser(stream)) {
        return findInJson(parser, index, JsonPointer.compile(pointer));
      } catch (IOException e) {
        return Position.START;
      }
    };
  }

  private static Position findInJson(JsonParser parser, int index, JsonPointer wanted)
      throws IOException {
    parser.nextToken();
    for (int i = 0; i < index; i++) {
      parser.skipChildren();
      parser.nextToken();
    }
    Position nearest = position(parser);
    int depth = 0;
    for (JsonToken token = parser.currentToken(); token != null; token = parser.nextToken()) {
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      JsonPointer here = parser.getParsingContext().pathAsPointer();
      boolean begins = token == JsonToken.FIELD_NAME || (token.isScalarValue() && depth > 0);
      if (begins && here.equals(wanted)) {
        return position(parser);
      }
      if (begins && wanted.toString().startsWith(here + "/")) {
        nearest = position(parser);
      }
      if (depth == 0) {
        return nearest;
      }
    }
    return nearest;
  }

  private static Position position(JsonParser parser) {
    var location = parser.currentTokenLocation();
    return new Position(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }
}
