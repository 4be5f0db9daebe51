package io.towline.charts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Reads a chart's {@code values.yaml} and writes what follows from it: {@code values.schema.json}
 * and the table in {@code README.md}, between two marks. Above a value stand its meaning, {@code #
 * -- ...}, and members of its JSON schema, {@code # @schema {...}}; a chart's {@code
 * values.defs.json} holds definitions that these may refer to.
 */
public final class ChartReference {
  /** The charts of this repository. */
  public static final List<String> CHARTS = List.of("towline-hub", "towline-agent");

  private static final String MEANING = "# -- ";
  private static final String SCHEMA = "# @schema ";
  private static final String BEGIN = "<!-- values: written by make charts -->\n";
  private static final String END = "<!-- end of values -->\n";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final List<String> lines;
  private final ChartValue root;
  private final ObjectNode definitions;

  private ChartReference(Path folder) throws IOException {
    this.folder = folder;
    String text = Files.readString(folder.resolve("values.yaml"));
    this.lines = text.lines().toList();
    LoadSettings settings = LoadSettings.builder().setUseMarks(true).build();
    Node parsed = new Compose(settings).composeString(text).orElseThrow();
    JsonNode defaults = JSON.valueToTree(new Load(settings).loadFromString(text));
    this.root =
        new ChartValue(
            "",
            defaults,
            Optional.empty(),
            JsonNodeFactory.instance.objectNode(),
            below("", (MappingNode) parsed, defaults));
    Path given = folder.resolve("values.defs.json");
    this.definitions =
        Files.exists(given)
            ? (ObjectNode) JSON.readTree(given.toFile())
            : JsonNodeFactory.instance.objectNode();
  }

  /**
   * Reads a chart.
   *
   * @param name one of {@link #CHARTS}
   * @throws IllegalArgumentException that names a value that is not described whole
   */
  public static ChartReference of(String name) throws IOException {
    return new ChartReference(folder(name));
  }

  /** Where a chart of this repository lies. */
  public static Path folder(String name) {
    return Checkout.root().resolve("charts").resolve(name);
  }

  private List<ChartValue> below(String path, MappingNode group, JsonNode defaults)
      throws IOException {
    List<ChartValue> values = new ArrayList<>();
    for (NodeTuple entry : group.getValue()) {
      String name = ((ScalarNode) entry.getKeyNode()).getValue();
      String full = path.isEmpty() ? name : path + "." + name;
      List<String> comments = commentsAbove(entry.getKeyNode());
      Optional<String> meaning = after(MEANING, comments);
      Optional<String> schema = after(SCHEMA, comments);
      ObjectNode given =
          schema.isPresent()
              ? (ObjectNode) JSON.readTree(schema.get())
              : JsonNodeFactory.instance.objectNode();
      boolean isGroup = meaning.isEmpty() && entry.getValueNode() instanceof MappingNode;
      values.add(
          new ChartValue(
              full,
              defaults.path(name),
              meaning,
              given,
              isGroup
                  ? below(full, (MappingNode) entry.getValueNode(), defaults.path(name))
                  : List.of()));
    }
    return values;
  }

  private List<String> commentsAbove(Node key) {
    List<String> comments = new ArrayList<>();
    int line = key.getStartMark().orElseThrow().getLine() - 1;
    for (; line >= 0 && lines.get(line).strip().startsWith("#"); line--) {
      comments.addFirst(lines.get(line).strip());
    }
    return comments;
  }

  private static Optional<String> after(String mark, List<String> comments) {
    return comments.stream()
        .filter(comment -> comment.startsWith(mark))
        .map(comment -> comment.substring(mark.length()).strip())
        .findFirst();
  }

  /** The values, as a group without a name. */
  public ChartValue values() {
    return root;
  }

  /** A definition that values refer to. */
  public JsonNode definition(String name) {
    return definitions.path(name);
  }

  /** What {@code values.schema.json} has to be. */
  public String schema() throws JsonProcessingException {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put("$schema", "http://json-schema.org/draft-07/schema#");
    schema.setAll(root.schema());
    if (!definitions.isEmpty()) {
      schema.set("definitions", definitions);
    }
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
    return JSON.writer(printer).writeValueAsString(schema) + "\n";
  }

  /** What {@code README.md} has to be: as it is, with the table as it should be. */
  public String readme() throws IOException {
    String text = Files.readString(folder.resolve("README.md"));
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (begin < BEGIN.length() || end < begin) {
      throw new IllegalArgumentException(folder + "/README.md has no place for the values");
    }
    return text.substring(0, begin) + table() + text.substring(end);
  }

  private String table() {
    StringBuilder table = new StringBuilder("| Value | Default | Meaning |\n| --- | --- | --- |\n");
    root.leaves()
        .forEach(
            value -> {
              row(table, value.path(), value.fallback().toString(), value.meaning().orElseThrow());
              String reference = value.given().at("/additionalProperties/$ref").asText("");
              if (!reference.isEmpty()) {
                rows(
                    table,
                    value.path() + ".NAME",
                    definitions.path(reference.substring(reference.lastIndexOf('/') + 1)));
              }
            });
    return table.toString();
  }

  /** What a definition holds, down to its values. */
  private static void rows(StringBuilder table, String path, JsonNode definition) {
    for (Map.Entry<String, JsonNode> property : definition.path("properties").properties()) {
      String full = path + "." + property.getKey();
      JsonNode schema = property.getValue();
      row(table, full, "", schema.path("description").asText());
      rows(table, full, schema);
      rows(table, full + ".NAME", schema.path("additionalProperties"));
    }
  }

  private static void row(StringBuilder table, String path, String fallback, String meaning) {
    table.append("| `").append(path).append("` | ");
    if (!fallback.isEmpty()) {
      table.append('`').append(fallback).append("` ");
    }
    table.append("| ").append(meaning.replace("|", "\\|")).append(" |\n");
  }

  /** Writes the schema and the README of every chart anew. */
  public static void main(String[] arguments) throws IOException {
    for (String name : CHARTS) {
      ChartReference chart = of(name);
      Files.writeString(chart.folder.resolve("values.schema.json"), chart.schema());
      Files.writeString(chart.folder.resolve("README.md"), chart.readme());
    }
  }
}
