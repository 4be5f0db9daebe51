package io.towline.hub.resolve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The schema and the table of honoured fields say the same, both ways. */
class HonouredFieldsTest {
  private static final DeclarationSchema SCHEMA = new DeclarationSchema();

  @ParameterizedTest
  @EnumSource(DeclarationKind.class)
  void everyHonouredFieldIsOneOfTheSchema(DeclarationKind kind) {
    assertThat(pathsOfTheSchema(kind)).containsAll(HonouredFields.of(kind).keySet());
  }

  @ParameterizedTest
  @EnumSource(DeclarationKind.class)
  void everyValueThatAFieldIsLimitedToIsOneOfTheSchema(DeclarationKind kind) {
    HonouredFields.of(kind)
        .forEach(
            (path, support) -> {
              if (support instanceof HonouredFields.Only(List<JsonNode> values)) {
                for (JsonNode value : values) {
                  assertThat(messages(kind, document(path, value)))
                      .as("%s: %s", path, value)
                      .noneMatch(problem -> problem.field().equals(field(path)));
                }
              }
            });
  }

  @ParameterizedTest
  @EnumSource(DeclarationKind.class)
  void everyOtherFieldOfTheSchemaIsRefusedAsNotSupported(DeclarationKind kind) {
    SortedMap<String, HonouredFields.Support> table = HonouredFields.of(kind);
    Set<String> refused = new LinkedHashSet<>();
    for (String path : pathsOfTheSchema(kind)) {
      boolean honoured =
          HonouredFields.isAbove(table, path)
              || table.keySet().stream()
                  .anyMatch(known -> path.equals(known) || path.startsWith(known + "/"));
      boolean belowOneThatIsRefused =
          refused.stream().anyMatch(above -> path.startsWith(above + "/"));
      if (!honoured && !belowOneThatIsRefused) {
        refused.add(path);
        assertThat(messages(kind, document(path, JsonNodeFactory.instance.objectNode())))
            .as(path)
            .anyMatch(
                problem ->
                    problem.field().equals(field(path))
                        && problem.line() > 0
                        && (problem.reason() == Reason.NOT_SUPPORTED
                            // A map where another type belongs is found first.
                            || problem.message().startsWith("this is a map")
                            || problem.message().startsWith("this must be")));
        assertThat(unsupported(kind, path)).as(path).isTrue();
      }
    }
    assertThat(refused).isNotEmpty();
  }

  /** Asks the table alone, so that the type of the value does not matter. */
  private static boolean unsupported(DeclarationKind kind, String path) {
    YamlDocument document = parse(document(path, JsonNodeFactory.instance.objectNode()));
    Findings findings = new Findings("towline.yaml", document, "");
    HonouredFields.check(kind, document.root(), findings);
    return findings.problems().stream()
        .anyMatch(
            problem ->
                problem.field().equals(field(path)) && problem.reason() == Reason.NOT_SUPPORTED);
  }

  private static List<Problem> messages(DeclarationKind kind, JsonNode json) {
    YamlDocument document = parse(json);
    return new DeclarationFile(SCHEMA).check("towline.yaml", document, kind).problems();
  }

  private static YamlDocument parse(JsonNode json) {
    try {
      return Yaml.ofDeclarations()
          .read(new ObjectMapper().writeValueAsString(json).getBytes(UTF_8))
          .getFirst();
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** A document that holds this value at this path. */
  private static JsonNode document(String path, JsonNode value) {
    JsonNode node = value;
    List<String> parts = List.of(path.substring(1).split("/"));
    for (String part : parts.reversed()) {
      if (part.equals("*")) {
        node = JsonNodeFactory.instance.arrayNode().add(node);
      } else {
        ObjectNode map = JsonNodeFactory.instance.objectNode();
        map.set(part, node);
        node = map;
      }
    }
    return node;
  }

  private static String field(String path) {
    return path.substring(1).replace("/*", "[0]").replace('/', '.');
  }

  /** Every path that a document of this kind may have, with * for the items of lists. */
  private static Set<String> pathsOfTheSchema(DeclarationKind kind) {
    Set<String> paths = new TreeSet<>();
    collect(SCHEMA.json().at("/definitions/" + kind.word()), "", paths);
    return paths;
  }

  private static void collect(JsonNode schema, String path, Set<String> paths) {
    if (schema.has("$ref")) {
      collect(SCHEMA.json().at(schema.path("$ref").asText().substring(1)), path, paths);
    }
    for (String combination : List.of("allOf", "oneOf", "anyOf")) {
      schema.path(combination).forEach(part -> collect(part, path, paths));
    }
    schema
        .path("properties")
        .properties()
        .forEach(
            property -> {
              paths.add(path + "/" + property.getKey());
              collect(property.getValue(), path + "/" + property.getKey(), paths);
            });
    if (schema.has("items")) {
      collect(schema.path("items"), path + "/*", paths);
    }
  }
}
