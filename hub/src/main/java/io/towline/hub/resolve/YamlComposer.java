package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.hub.resolve.YamlDocument.Place;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;

/** Builds documents from parser events. One for each stream; its recursion ends at MAX_DEPTH. */
final class YamlComposer {
  private static final String MERGE_KEY = "<<";

  private final Yaml yaml;
  private final Iterator<Event> events;
  private final Map<Anchor, Composed> anchors = new HashMap<>();
  private final Set<Anchor> open = new HashSet<>();
  private int aliases;
  private int nodes;

  /** A value, its place, and how many values it holds, itself included. */
  private record Composed(JsonNode node, Place place, int size) {}

  YamlComposer(Yaml yaml, Iterator<Event> events) {
    this.yaml = yaml;
    this.events = events;
  }

  List<YamlDocument> documents() {
    List<YamlDocument> documents = new ArrayList<>();
    while (events.hasNext()) {
      Event event = events.next();
      if (event.getEventId() == Event.ID.DocumentStart) {
        anchors.clear();
        aliases = 0;
        Composed root = compose(events.next(), 0);
        documents.add(new YamlDocument(root.node(), root.place()));
      }
    }
    return List.copyOf(documents);
  }

  private Composed compose(Event event, int depth) {
    Position position = position(event);
    if (event instanceof AliasEvent alias) {
      return expand(alias, position);
    }
    count(1, position);
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    anchor.ifPresent(open::add);
    Composed composed =
        switch (event.getEventId()) {
          case Scalar -> scalar((ScalarEvent) event, position);
          case SequenceStart -> sequence((CollectionStartEvent) event, position, depth + 1);
          case MappingStart -> mapping((CollectionStartEvent) event, position, depth + 1);
          default -> throw malformed(position, "this is not valid YAML: a value is missing");
        };
    anchor.ifPresent(
        name -> {
          open.remove(name);
          anchors.put(name, composed);
        });
    return composed;
  }

  private Composed expand(AliasEvent event, Position position) {
    Anchor anchor = event.getAlias();
    if (++aliases > Yaml.MAX_ALIASES) {
      throw limit(position, "a document may hold at most " + Yaml.MAX_ALIASES + " aliases");
    }
    if (open.contains(anchor)) {
      throw malformed(position, "an alias stands inside the value that it names");
    }
    Composed target = anchors.get(anchor);
    if (target == null) {
      throw malformed(position, "an alias names an anchor that is not defined before it");
    }
    count(target.size(), position);
    Place place = target.place();
    return new Composed(
        target.node().deepCopy(),
        new Place(position, position, place.fields(), place.items()),
        target.size());
  }

  private Composed scalar(ScalarEvent event, Position position) {
    JsonNode node = scalarValue(event, position);
    return new Composed(node, new Place(position, position, Map.of(), List.of()), 1);
  }

  private JsonNode scalarValue(ScalarEvent event, Position position) {
    Optional<String> tag = event.getTag();
    if (tag.isEmpty()) {
      return event.getImplicit().canOmitTagInPlainScalar()
          ? plain(event.getValue(), position)
          : TextNode.valueOf(event.getValue());
    }
    return switch (tag.get()) {
      case "!", "tag:yaml.org,2002:str" -> TextNode.valueOf(event.getValue());
      case "tag:yaml.org,2002:null" -> typed(event, position, "null", JsonNode::isNull);
      case "tag:yaml.org,2002:bool" -> typed(event, position, "a boolean", JsonNode::isBoolean);
      case "tag:yaml.org,2002:int" ->
          typed(event, position, "a whole number", JsonNode::isIntegralNumber);
      case "tag:yaml.org,2002:float" -> typed(event, position, "a number", JsonNode::isNumber);
      default -> throw malformed(position, "tags of this kind are not allowed");
    };
  }

  private JsonNode typed(
      ScalarEvent event, Position position, String what, Predicate<JsonNode> is) {
    JsonNode node = plain(event.getValue(), position);
    if (!is.test(node)) {
      throw malformed(position, "the tag says " + what + ", which the value is not");
    }
    return node;
  }

  private JsonNode plain(String text, Position position) {
    try {
      return yaml.scalars().resolve(text);
    } catch (IllegalArgumentException e) {
      throw malformed(
          position, e.getMessage() == null ? "this value cannot be read" : e.getMessage());
    }
  }

  private Composed sequence(CollectionStartEvent start, Position position, int depth) {
    checkCollection(start, position, depth, "tag:yaml.org,2002:seq");
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    List<Place> items = new ArrayList<>();
    int size = 1;
    for (Event event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      Composed item = compose(event, depth);
      array.add(item.node());
      items.add(item.place());
      size += item.size();
    }
    return new Composed(array, new Place(position, position, Map.of(), items), size);
  }

  private Composed mapping(CollectionStartEvent start, Position position, int depth) {
    checkCollection(start, position, depth, "tag:yaml.org,2002:map");
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    Map<String, Place> fields = new LinkedHashMap<>();
    Set<String> written = new HashSet<>();
    boolean hasMerged = false;
    int size = 1;
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      Position at = position(event);
      if (isMerge(event)) {
        // Readers disagree which of two merges wins.
        if (hasMerged) {
          throw malformed(at, "a map may merge once; give << a list of maps");
        }
        hasMerged = true;
        Composed merged = compose(events.next(), depth);
        size += merged.size();
        merge(merged, at, written, object, fields);
        continue;
      }
      String key = key(event, at);
      if (!written.add(key)) {
        Place first = fields.get(key);
        throw malformed(
            at,
            "this key stands here twice"
                + (first == null ? "" : ", first in line " + first.key().line()));
      }
      Composed value = compose(events.next(), depth);
      object.set(key, value.node());
      fields.put(key, value.place().keyed(at));
      size += value.size();
    }
    return new Composed(object, new Place(position, position, fields, List.of()), size);
  }

  private boolean isMerge(Event event) {
    return yaml.merge() == Yaml.Merge.HONOURED
        && event instanceof ScalarEvent scalar
        && scalar.getValue().equals(MERGE_KEY)
        && scalar.isPlain()
        && scalar.getTag().map("tag:yaml.org,2002:merge"::equals).orElse(true);
  }

  /**
   * Merges as YAML's merge type says: of several maps the first wins, and keys of the map itself
   * win over all. Readers disagree about a key that stands before the {@code <<}, so it is refused.
   */
  private void merge(
      Composed merged,
      Position at,
      Set<String> written,
      ObjectNode object,
      Map<String, Place> fields) {
    List<JsonNode> sources = new ArrayList<>();
    List<Place> places = new ArrayList<>();
    if (merged.node() instanceof ArrayNode list) {
      list.forEach(sources::add);
      places.addAll(merged.place().items());
    } else {
      sources.add(merged.node());
      places.add(merged.place());
    }
    for (int i = 0; i < sources.size(); i++) {
      if (!(sources.get(i) instanceof ObjectNode source)) {
        throw malformed(at, "a merge key needs a map, or a list of maps");
      }
      for (Map.Entry<String, JsonNode> field : source.properties()) {
        if (written.contains(field.getKey())) {
          throw malformed(
              at, "a merge key must stand before the keys that it and its map both give");
        }
        if (!object.has(field.getKey())) {
          object.set(field.getKey(), field.getValue());
          Place place = places.get(i).fields().get(field.getKey());
          fields.put(field.getKey(), place == null ? places.get(i) : place);
        }
      }
    }
  }

  private String key(Event event, Position at) {
    if (event instanceof AliasEvent alias) {
      Composed target = expand(alias, at);
      return keyText(target.node(), at);
    }
    if (!(event instanceof ScalarEvent scalar)) {
      throw malformed(at, "a key must be a plain word, not a map or a list");
    }
    count(1, at);
    JsonNode node = scalarValue(scalar, at);
    scalar
        .getAnchor()
        .ifPresent(
            name ->
                anchors.put(name, new Composed(node, new Place(at, at, Map.of(), List.of()), 1)));
    return keyText(node, at);
  }

  /** JSON has string keys only; whole numbers and booleans are spelled out as kubectl does. */
  private String keyText(JsonNode node, Position at) {
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isIntegralNumber() || node.isBoolean()) {
      return node.asText();
    }
    if (node instanceof NullNode) {
      throw malformed(at, "a key is missing");
    }
    throw malformed(at, "a key must be text: quote it");
  }

  private void checkCollection(
      CollectionStartEvent start, Position position, int depth, String tag) {
    if (depth > Yaml.MAX_DEPTH) {
      throw limit(position, "values may nest at most " + Yaml.MAX_DEPTH + " deep");
    }
    if (start.getTag().filter(t -> !t.equals("!") && !t.equals(tag)).isPresent()) {
      throw malformed(position, "tags of this kind are not allowed");
    }
  }

  private void count(int more, Position position) {
    nodes += more;
    if (nodes > Yaml.MAX_NODES) {
      throw limit(position, "a file may hold at most " + Yaml.MAX_NODES + " values");
    }
  }

  private static Position position(Event event) {
    return event
        .getStartMark()
        .map(mark -> new Position(mark.getLine() + 1, mark.getColumn() + 1))
        .orElse(Position.START);
  }

  private DeclarationException malformed(Position position, String message) {
    return new DeclarationException(yaml.malformed(), position, message);
  }

  private static DeclarationException limit(Position position, String message) {
    return new DeclarationException(Reason.LIMIT_EXCEEDED, position, message);
  }
}
