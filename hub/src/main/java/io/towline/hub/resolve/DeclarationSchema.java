package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The published schema of declarations, and its findings in words for people. The branches that a
 * validator tries for alternatives are reduced to the one that was meant. Thread-safe.
 */
public final class DeclarationSchema {
  private static final String RESOURCE = "/schema/towline.v1alpha1.schema.json";
  private static final String ONE_OF = "/oneOf/";
  private static final String ANY_OF = "/anyOf/";
  private static final String SELECTOR = "/definitions/clusterSelector/oneOf";

  /** Longer text in a declaration is refused before any pattern is tried on it. */
  static final int MAX_TEXT = 2_000;

  private final byte[] bytes;
  private final JsonNode json;
  private final Map<DeclarationKind, JsonSchema> schemas = new EnumMap<>(DeclarationKind.class);

  /** Reads the schema that this version carries. */
  public DeclarationSchema() {
    try (InputStream in = DeclarationSchema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the schema is missing from this build");
      }
      bytes = in.readAllBytes();
      json = new ObjectMapper().readTree(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    JsonSchema root =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
            .getSchema(
                json, SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());
    for (DeclarationKind kind : DeclarationKind.values()) {
      JsonSchema schema =
          root.getSubSchema(
              new JsonNodePath(PathType.JSON_POINTER).append("definitions").append(kind.word()));
      schema.initializeValidators();
      schemas.put(kind, schema);
    }
  }

  /** The schema's bytes, as they are published. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The schema as a tree; not to be changed. */
  JsonNode json() {
    return json;
  }

  /** Adds what the schema has against a document of this kind. */
  void check(DeclarationKind kind, JsonNode document, Findings findings) {
    if (textIsTooLong("", document, findings)) {
      return;
    }
    JsonSchema schema = schemas.get(kind);
    if (schema == null) {
      throw new IllegalStateException("no schema of " + kind);
    }
    Collection<ValidationMessage> messages = schema.validate(document);
    Map<String, Set<String>> alternatives = new LinkedHashMap<>();
    List<ValidationMessage> summaries = new ArrayList<>();
    for (ValidationMessage message : messages) {
      String path = message.getEvaluationPath().toString();
      if (message.getType().equals("oneOf")) {
        summaries.add(message);
      } else if (path.contains(ANY_OF)) {
        alternatives
            .computeIfAbsent(pointer(message), key -> new LinkedHashSet<>())
            .add(message.getProperty());
      } else if (!path.contains(ONE_OF) || isOfTheBranchThatWasMeant(message, path, document)) {
        report(message, document, findings);
      }
    }
    alternatives.forEach(
        (pointer, names) ->
            findings.value(pointer, "here one of " + String.join(", ", names) + " is needed"));
    summaries.forEach(message -> reportAlternative(message, messages, document, findings));
  }

  private static boolean textIsTooLong(String pointer, JsonNode node, Findings findings) {
    if (node.isTextual()) {
      if (node.textValue().length() > MAX_TEXT) {
        findings.value(pointer, "text of more than " + MAX_TEXT + " characters");
        return true;
      }
      return false;
    }
    boolean tooLong = false;
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        tooLong |= textIsTooLong(Findings.item(pointer, i), node.get(i), findings);
      }
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (pointer.isEmpty() && field.getKey().startsWith(HonouredFields.EXTENSION)) {
        continue;
      }
      if (field.getKey().length() > MAX_TEXT) {
        findings.value(pointer, "a name of more than " + MAX_TEXT + " characters");
        tooLong = true;
      } else {
        tooLong |=
            textIsTooLong(Findings.member(pointer, field.getKey()), field.getValue(), findings);
      }
    }
    return tooLong;
  }

  private static String pointer(ValidationMessage message) {
    return message.getInstanceLocation().toString();
  }

  private static String location(ValidationMessage message) {
    return message.getSchemaLocation().getFragment().toString();
  }

  /** Of a cluster selector's alternatives, the one that its shape speaks for. */
  private static boolean isOfTheBranchThatWasMeant(
      ValidationMessage message, String path, JsonNode document) {
    int at = path.indexOf(ONE_OF);
    int branch = path.charAt(at + ONE_OF.length()) - '0';
    if (isCount(path)) {
      return false;
    }
    JsonNode selector = document.at(selectorPointer(pointer(message)));
    return selector.isObject() && branch == (selector.has("names") ? 2 : 0);
  }

  private static boolean isCount(String path) {
    return path.contains("/maxConcurrent/")
        || path.contains("/maxUnavailable/")
        || path.contains("/maxDeletions/");
  }

  /** The selector that a value is part of: it ends with the first part of one of these names. */
  private static String selectorPointer(String pointer) {
    StringBuilder selector = new StringBuilder();
    for (String part : pointer.substring(1).split("/", -1)) {
      selector.append('/').append(part);
      if (part.equals("clusters") || part.equals("exclude")) {
        return selector.toString();
      }
    }
    return pointer;
  }

  private static void reportAlternative(
      ValidationMessage summary,
      Collection<ValidationMessage> all,
      JsonNode document,
      Findings findings) {
    String pointer = pointer(summary);
    boolean selector = location(summary).endsWith(SELECTOR);
    if (selector && document.at(pointer).isObject()) {
      String path = summary.getEvaluationPath() + "/";
      boolean explained =
          all.stream()
              .anyMatch(
                  message ->
                      message.getEvaluationPath().toString().startsWith(path)
                          && isOfTheBranchThatWasMeant(
                              message, message.getEvaluationPath().toString(), document));
      if (explained) {
        return;
      }
    }
    findings.value(
        pointer,
        selector
            ? "this must be a label selector, the name of a clusterSet, or names: with a list"
            : "this must be a whole number, or a percentage as 20%");
  }

  private void report(ValidationMessage message, JsonNode document, Findings findings) {
    String pointer = pointer(message);
    JsonNode value = document.at(pointer);
    JsonNode parent = json.at(parent(location(message)));
    switch (message.getType()) {
      case "additionalProperties" ->
          reportUnknown(message.getProperty(), pointer, parent, findings);
      case "required" ->
          findings.key(
              Findings.member(pointer, message.getProperty()),
              Reason.DECLARATION_INVALID,
              message.getProperty() + " is missing");
      case "type" -> findings.value(pointer, mistakenType(parent.path("type").asText(), value));
      case "enum" -> findings.value(pointer, mistakenWord(parent.path("enum"), value));
      case "const" -> findings.value(pointer, "this must be " + parent.path("const").asText());
      case "pattern" -> findings.value(pointer, mistakenForm(parent));
      case "minItems" -> findings.value(pointer, "this list must not be empty");
      case "maxItems" ->
          findings.value(
              pointer, "this list may have at most " + parent.path("maxItems").asText() + " items");
      case "uniqueItems" -> findings.value(pointer, "this list says something twice");
      case "minLength" ->
          findings.value(
              pointer, "this needs at least " + parent.path("minLength").asText() + " characters");
      case "maxLength" ->
          findings.value(
              pointer,
              "this may have at most " + parent.path("maxLength").asText() + " characters");
      case "minimum" ->
          findings.value(pointer, "this must be at least " + parent.path("minimum").asText());
      case "propertyNames" ->
          findings.value(pointer, "names have lower-case letters, digits and - only");
      case "not" -> reportExcluding(parent.path("not").path("required"), pointer, findings);
      default -> findings.value(pointer, "this does not follow the schema: " + message.getType());
    }
  }

  private static void reportUnknown(
      String name, String pointer, JsonNode parent, Findings findings) {
    Set<String> known = new LinkedHashSet<>();
    parent.path("properties").fieldNames().forEachRemaining(known::add);
    String sentence =
        pointer.isEmpty() && (name.equals("metadata") || name.equals("spec"))
            ? "there is no " + name + " in a declaration: its fields stand at the top"
            : "there is no field " + Findings.word(name) + " here" + Nearest.hint(name, known);
    findings.key(Findings.member(pointer, name), Reason.DECLARATION_INVALID, sentence);
  }

  private static void reportExcluding(JsonNode names, String pointer, Findings findings) {
    List<String> both = new ArrayList<>();
    names.forEach(name -> both.add(name.asText()));
    String last = both.isEmpty() ? "" : both.getLast();
    findings.key(
        Findings.member(pointer, last),
        Reason.DECLARATION_INVALID,
        String.join(" and ", both) + " exclude each other: keep one of them");
  }

  private static String mistakenType(String expected, JsonNode value) {
    String is =
        switch (value.getNodeType()) {
          case NULL -> "nothing stands here";
          case STRING -> "this is text";
          case NUMBER -> "this is a number";
          case BOOLEAN -> "this is true or false";
          case ARRAY -> "this is a list";
          case OBJECT -> "this is a map";
          default -> "this is something else";
        };
    String must =
        switch (expected) {
          case "string" -> value.isNumber() || value.isBoolean() ? "text: quote it" : "text";
          case "boolean" -> "true or false";
          case "array" -> "a list";
          case "object" -> "a map";
          case "integer" -> "a whole number";
          default -> expected;
        };
    return is + ", and must be " + must;
  }

  private static String mistakenWord(JsonNode words, JsonNode value) {
    List<String> known = new ArrayList<>();
    words.forEach(word -> known.add(word.asText()));
    return "this must be one of "
        + String.join(", ", known)
        + (value.isTextual() ? Nearest.hint(value.textValue(), known) : "");
  }

  private String mistakenForm(JsonNode parent) {
    JsonNode definitions = json.path("definitions");
    if (parent.equals(definitions.path("name"))) {
      return "a name has 1 to 63 lower-case letters, digits and -, and begins and ends with a"
          + " letter or digit";
    }
    if (parent.equals(definitions.path("duration"))) {
      return "a duration is written as 90s, 5m, 1h30m or 7d";
    }
    JsonNode description = parent.path("description");
    return "this does not have the form of its field"
        + (description.isMissingNode() ? "" : ": " + description.asText());
  }

  private static String parent(String location) {
    return location.substring(0, location.lastIndexOf('/'));
  }
}
