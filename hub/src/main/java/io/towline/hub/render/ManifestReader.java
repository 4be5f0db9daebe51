package io.towline.hub.render;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.envelope.SealedObject;
import io.towline.hub.resolve.DeclarationException;
import io.towline.hub.resolve.Position;
import io.towline.hub.resolve.Yaml;
import io.towline.hub.resolve.YamlDocument;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a file into the objects that kubectl would find in it: documents between lines that begin
 * with {@code ---}, or a stream of JSON objects where the file begins with a brace; empty documents
 * are passed over and lists unpacked.
 *
 * <p>Stricter than kubectl where kubectl guesses or drops something: duplicate keys, what follows a
 * document's end ({@code ...}), and characters that YAML 1.1 takes for a line break and YAML 1.2
 * does not, are refused. One for each file; one thread.
 */
final class ManifestReader {
  private static final String SEPARATOR = "---";
  private static final char BYTE_ORDER_MARK = '\uFEFF';
  private static final Yaml YAML = Yaml.ofManifests(new KubectlScalars());
  private static final Yaml SEALED = Yaml.ofManifests(new SealedScalars());

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Yaml.MAX_DEPTH)
                  .maxStringLength(Yaml.MAX_BYTES)
                  .maxNameLength(Yaml.MAX_BYTES)
                  .build())
          .build();

  private final String file;
  private final boolean placed;
  private final Problems problems;
  private final List<Manifest> manifests = new ArrayList<>();
  private int documents;

  /**
   * Makes a reader of one file.
   *
   * @param placed whether people can look the places up, that is, whether they wrote the file
   */
  ManifestReader(String file, boolean placed, Problems problems) {
    this.file = file;
    this.placed = placed;
    this.problems = problems;
  }

  /**
   * Gives the objects in the order in which they stand. What cannot be read becomes a problem, and
   * reading goes on with the next document.
   */
  List<Manifest> read(byte[] bytes) {
    Optional<String> text = decode(bytes);
    if (text.isPresent() && !(beginsWithBrace(text.get()) && readJson(text.get()))) {
      readYaml(text.get());
    }
    Optional<Manifest> sealed = manifests.stream().filter(Manifest::sealed).findFirst();
    if (placed && sealed.isPresent() && documents > 1) {
      problems.add(
          Reason.SEAL_INVALID,
          sealed.get(),
          "",
          "one seal counts all documents of its file, and objects travel one by one; put each into"
              + " a file of its own and seal it there");
    }
    return manifests;
  }

  /** UTF-8, or UTF-16 where a byte order mark says so, as kubectl's decoder takes it. */
  private Optional<String> decode(byte[] bytes) {
    Charset charset = StandardCharsets.UTF_8;
    if (bytes.length >= 2) {
      int first = (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
      if (first == 0xFEFF) {
        charset = StandardCharsets.UTF_16BE;
      } else if (first == 0xFFFE) {
        charset = StandardCharsets.UTF_16LE;
      }
    }
    try {
      String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      boolean marked = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
      return Optional.of(marked ? text.substring(1) : text);
    } catch (CharacterCodingException e) {
      malformed(Position.START, "the file is not UTF-8 text");
      return Optional.empty();
    }
  }

  private static boolean beginsWithBrace(String text) {
    return text.stripLeading().startsWith("{");
  }

  /** False if it is not JSON through and through: a flow mapping also begins with a brace. */
  private boolean readJson(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<JsonNode> values = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(bytes)) {
      while (parser.nextToken() != null) {
        values.add(value(parser));
      }
    } catch (IOException e) {
      return false;
    } catch (IllegalArgumentException e) {
      malformed(Position.START, String.valueOf(e.getMessage()));
      return true;
    }
    for (int i = 0; i < values.size(); i++) {
      document(values.get(i), placed ? Optional.of(Places.ofJson(bytes, i)) : Optional.empty());
    }
    return true;
  }

  /** Recursion ends at the parser's nesting limit. */
  private static JsonNode value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        object.set(name, value(parser));
      }
      return object;
    }
    if (token == JsonToken.START_ARRAY) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(value(parser));
      }
      return array;
    }
    if (token.isNumeric()) {
      return GoNumbers.ofJson(parser.getText());
    }
    if (token.isBoolean()) {
      return BooleanNode.valueOf(token == JsonToken.VALUE_TRUE);
    }
    return token == JsonToken.VALUE_NULL
        ? NullNode.getInstance()
        : TextNode.valueOf(parser.getText());
  }

  private void readYaml(String text) {
    int line = 1;
    int firstLine = 1;
    int begin = 0;
    int at = 0;
    while (at < text.length()) {
      int newline = text.indexOf('\n', at);
      int end = newline < 0 ? text.length() : newline + 1;
      if (text.startsWith(SEPARATOR, at)) {
        String rest = text.substring(at + SEPARATOR.length(), end).strip();
        if (!rest.isEmpty() && !rest.startsWith("#")) {
          malformed(
              new Position(line, SEPARATOR.length() + 1),
              "a line that begins with --- separates documents, and only a comment may follow it");
          return;
        }
        yamlDocument(text.substring(begin, at), firstLine);
        begin = end;
        firstLine = line + 1;
      }
      at = end;
      line++;
    }
    yamlDocument(text.substring(begin), firstLine);
  }

  private void yamlDocument(String text, int firstLine) {
    if (hasForeignLineBreak(text, firstLine)) {
      return;
    }
    List<YamlDocument> documents;
    try {
      documents = YAML.read(text.getBytes(StandardCharsets.UTF_8));
    } catch (DeclarationException e) {
      Position position = e.position();
      add(
          e.reason(),
          new Position(position.line() + firstLine - 1, position.column()),
          String.valueOf(e.getMessage()));
      return;
    }
    if (placed
        && documents.stream().anyMatch(d -> SealedObject.isSealed(d.root()))
        && isAmbiguous(text, firstLine)) {
      return;
    }
    for (YamlDocument document : documents) {
      Optional<Places> places =
          placed ? Optional.of(Places.of(document, firstLine - 1)) : Optional.empty();
      document(document.root(), places);
    }
  }

  /** Whether a sealed document holds something that SOPS read otherwise than kubectl. */
  private boolean isAmbiguous(String text, int firstLine) {
    try {
      SEALED.read(text.getBytes(StandardCharsets.UTF_8));
      return false;
    } catch (DeclarationException e) {
      Position position = e.position();
      add(
          Reason.SEAL_INVALID,
          new Position(position.line() + firstLine - 1, position.column()),
          String.valueOf(e.getMessage()));
      return true;
    }
  }

  private boolean hasForeignLineBreak(String text, int firstLine) {
    int line = firstLine;
    int lineStart = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        line++;
        lineStart = i + 1;
      } else if (c == '\u0085' || c == '\u2028' || c == '\u2029') {
        malformed(
            new Position(line, text.codePointCount(lineStart, i) + 1),
            "U+%04X breaks the line for kubectl but not for other readers; write it as an escape"
                .formatted((int) c));
        return true;
      }
    }
    return false;
  }

  private void document(JsonNode root, Optional<Places> places) {
    if (root.isNull() || root.isMissingNode()) {
      return;
    }
    documents++;
    if (root instanceof ObjectNode object && SealedObject.isSealed(object)) {
      manifests.add(new Manifest(file, object, "", places, true));
    } else if (root instanceof ObjectNode object) {
      flatten(new Manifest(file, object, "", places, false));
    } else {
      add(
          Reason.MANIFEST_INVALID,
          places.map(all -> all.at("")),
          "a document holds " + describe(root) + " where a Kubernetes object should stand");
    }
  }

  /** kubectl takes every object with a member {@code items} for a list. Ends at YAML's depth. */
  private void flatten(Manifest manifest) {
    ObjectNode object = manifest.object();
    JsonNode items = object.get("items");
    if (items == null) {
      manifests.add(manifest);
      return;
    }
    if (!(items instanceof ArrayNode || items.isNull())) {
      add(Reason.MANIFEST_INVALID, manifest.at("/items"), "the items of a list must be a list");
      return;
    }
    for (int i = 0; i < items.size(); i++) {
      String pointer = manifest.pointer() + "/items/" + i;
      if (items.get(i) instanceof ObjectNode item) {
        nameAfterList(item, object);
        flatten(new Manifest(file, item, pointer, manifest.places(), false));
      } else {
        add(
            Reason.MANIFEST_INVALID,
            manifest.places().map(all -> all.at(pointer)),
            "an item of a list is " + describe(items.get(i)) + ", not a Kubernetes object");
      }
    }
  }

  /** Items of, say, a PodList need not repeat what they are. */
  private static void nameAfterList(ObjectNode item, ObjectNode list) {
    if (Manifest.text(item, "kind").isPresent() || Manifest.text(item, "apiVersion").isPresent()) {
      return;
    }
    Manifest.text(list, "kind")
        .filter(kind -> kind.endsWith("List") && !kind.equals("List"))
        .ifPresent(
            kind -> {
              item.put("kind", kind.substring(0, kind.length() - "List".length()));
              Manifest.text(list, "apiVersion").ifPresent(v -> item.put("apiVersion", v));
            });
  }

  private static String describe(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "a list";
      case STRING -> "a text";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL, MISSING -> "nothing";
      case OBJECT, BINARY, POJO -> "a value";
    };
  }

  private void malformed(Position position, String message) {
    add(Reason.MANIFEST_INVALID, position, message);
  }

  private void add(Reason reason, Position position, String message) {
    add(reason, Optional.of(position), message);
  }

  private void add(Reason reason, Optional<Position> position, String message) {
    if (placed && position.isPresent()) {
      problems.add(reason, file, position.get(), "", message);
    } else {
      problems.add(reason, file, message);
    }
  }
}
