package io.towline.hub.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Writes every kind in every form; one for each run of a command. */
final class Printer {
  /** The contract that JSON and YAML follow; members are only ever added. */
  static final String API_VERSION = "cli.towline.io/v1";

  private final Terminal terminal;
  private final Views views;
  private final Map<Kind, View.Rows> tables = new EnumMap<>(Kind.class);

  Printer(Terminal terminal) {
    this.terminal = terminal;
    this.views = new Views(terminal);
  }

  /** A list of one kind. */
  void list(Kind kind, List<? extends Message> items, Output output, boolean headers) {
    View<?> view = views.of(kind);
    switch (output) {
      case table, wide -> {
        if (items.isEmpty()) {
          terminal.say("No " + kind.type() + (kind == Kind.DRIFT ? "." : "s."));
          return;
        }
        lines(view, items, headers, output);
      }
      case json, yaml -> {
        ObjectNode json = document(kind.word() + "List");
        ArrayNode nodes = json.putArray("items");
        items.forEach(item -> nodes.add(json(item, view)));
        tree(json, output);
      }
      case name ->
          items.forEach(item -> terminal.out().println(kind.type() + "/" + view.nameOf(item)));
    }
    terminal.out().flush();
  }

  /** One change of a watch: a row, or an object on one line. */
  void row(Kind kind, Message item, Output output) {
    View<?> view = views.of(kind);
    switch (output) {
      case table, wide -> lines(view, List.of(item), false, output);
      case json, yaml -> terminal.out().println(escaped(document(kind, item).toString()));
      case name -> terminal.out().println(kind.type() + "/" + view.nameOf(item));
    }
    terminal.out().flush();
  }

  private void lines(View<?> view, List<? extends Message> items, boolean headers, Output output) {
    tables
        .computeIfAbsent(view.kind(), kind -> view.rows(output == Output.wide, terminal))
        .lines(items, headers)
        .forEach(terminal.out()::println);
  }

  /** One document for programs. */
  void tree(JsonNode json, Output output) {
    terminal
        .out()
        .print(escaped(output == Output.yaml ? YamlText.of(json) : json.toPrettyString() + "\n"));
    terminal.out().flush();
  }

  /**
   * The same document for whoever parses it. JSON escapes the first 32 characters; a terminal obeys
   * others too. They stand inside quotes, in JSON and in the YAML that is written here.
   */
  private static String escaped(String document) {
    StringBuilder out = new StringBuilder(document.length());
    document
        .chars()
        .forEach(
            unit -> {
              if (unit != '\n' && Cell.isObeyed(unit)) {
                out.append("\\u").append(HexFormat.of().toHexDigits((char) unit));
              } else {
                out.append((char) unit);
              }
            });
    return out.toString();
  }

  /** One item as a document of its own. */
  ObjectNode document(Kind kind, Message item) {
    ObjectNode json = document(kind.word());
    json.setAll(json(item, views.of(kind)));
    return json;
  }

  /** The name that people use. */
  String nameOf(Kind kind, Message item) {
    return views.of(kind).nameOf(item);
  }

  static ObjectNode document(String kind) {
    return JsonNodeFactory.instance.objectNode().put("apiVersion", API_VERSION).put("kind", kind);
  }

  /** A message with the name that people use, and for targets the two halves of it. */
  private static ObjectNode json(Message item, View<?> view) {
    ObjectNode json = ProtoJson.of(item);
    json.put("displayName", view.nameOf(item));
    if (view.kind() == Kind.TARGET || view.kind() == Kind.DRIFT) {
      TargetName target = TargetName.ofResource(json.path("name").asText());
      json.put("bundle", target.bundle()).put("cluster", target.cluster());
    }
    return json;
  }
}
