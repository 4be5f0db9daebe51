package io.towline.hub.resolve;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One document of a YAML stream, as JSON, with the place of each of its values and keys. An empty
 * document is a JSON null. Not to be shared between threads while its tree is being changed; what
 * the places tell is what was read.
 */
public final class YamlDocument {
  private final JsonNode root;
  private final Place place;

  YamlDocument(JsonNode root, Place place) {
    this.root = root;
    this.place = place;
  }

  /** The content. Belongs to the caller. */
  public JsonNode root() {
    return root;
  }

  /**
   * Where a value begins.
   *
   * @param pointer RFC 6901; where it leads to nothing, the nearest value above it counts
   */
  public Position valueAt(String pointer) {
    return find(pointer).value();
  }

  /**
   * Where the key of a value begins; for items of a list and for the root, where the value does.
   *
   * @param pointer RFC 6901; where it leads to nothing, the nearest value above it counts
   */
  public Position keyAt(String pointer) {
    return find(pointer).key();
  }

  private Place find(String pointer) {
    Place at = place;
    JsonPointer rest = JsonPointer.compile(pointer);
    while (!rest.matches()) {
      Place child = at.child(rest.getMatchingProperty(), rest.getMatchingIndex());
      if (child == null) {
        return at;
      }
      at = child;
      rest = rest.tail();
    }
    return at;
  }

  /** Places form a tree beside the values: pointers as map keys could grow without bound. */
  record Place(Position key, Position value, Map<String, Place> fields, List<Place> items) {
    @Nullable Place child(String name, int index) {
      if (!items.isEmpty()) {
        return index >= 0 && index < items.size() ? items.get(index) : null;
      }
      return fields.get(name);
    }

    Place keyed(Position at) {
      return new Place(at, value, fields, items);
    }
  }
}
