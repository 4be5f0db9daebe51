package io.towline.hub.render;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.hub.resolve.Position;
import java.util.Optional;

/**
 * One object as it was read, before anything is checked. Owned by one render.
 *
 * @param file from the root of the source
 * @param object its content; belongs to the render, which changes it
 * @param pointer where the object stands in its document: empty, or an item of a list
 * @param places of the document; empty for what a program wrote, which stands in no file
 * @param sealed SOPS wrote it, and nothing in it may be changed
 */
record Manifest(
    String file, ObjectNode object, String pointer, Optional<Places> places, boolean sealed) {

  /** The same with a content of its own. */
  Manifest copy() {
    return new Manifest(file, object.deepCopy(), pointer, places, sealed);
  }

  /** Where a value of the object stands; empty if it stands in no file. */
  Optional<Position> at(String member) {
    return places.map(all -> all.at(pointer + member));
  }

  /** The place for people, for a message about another object. */
  String place() {
    return at("").map(p -> file + ":" + p.line() + ":" + p.column()).orElse(file);
  }

  /** The text of a member, if it is one and not empty. */
  static Optional<String> text(ObjectNode object, String member) {
    return Optional.ofNullable(object.get(member))
        .filter(value -> value.isTextual() && !value.textValue().isEmpty())
        .map(value -> value.textValue());
  }

  /** Kind and name as far as they are known, for a message about an object without a place. */
  String title() {
    String kind = text(object, "kind").orElse("an object");
    if (object.get("metadata") instanceof ObjectNode metadata) {
      return text(metadata, "name").map(name -> kind + " " + name).orElse(kind);
    }
    return kind;
  }
}
