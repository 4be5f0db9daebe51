package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.towline.envelope.ObjectRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares a live object with what was applied, over the fields that were applied and no others:
 * what the API server defaulted, what controllers added and status never count. How lists are to be
 * read is taken from managedFields. Pure.
 */
final class DriftJudge {
  /** Nothing below this depth is compared; the API server's own limit is far smaller. */
  private static final int MAX_DEPTH = 128;

  private static final Set<String> COMPARED_METADATA =
      Set.of("labels", "annotations", "finalizers", "ownerReferences");

  /** Members below which the API server writes amounts in its own way. */
  private static final Set<String> AMOUNTS =
      Set.of(
          "requests",
          "limits",
          "capacity",
          "hard",
          "default",
          "defaultRequest",
          "max",
          "min",
          "maxLimitRequestRatio",
          "sizeLimit",
          "storage",
          "overhead",
          "podFixed",
          "divisor",
          "averageValue",
          "target");

  /**
   * A field that differs.
   *
   * @param pointer JSON pointer into the live object
   * @param elements the same place in the terms of {@code FieldsV1}
   * @param desired as applied
   * @param live as found; missing if the field is gone
   */
  record Difference(String pointer, List<String> elements, JsonNode desired, JsonNode live) {
    /** To recognise the same place with the same live value. */
    long mark() {
      return OwnedFields.mix(OwnedFields.mix(OwnedFields.start(), pointer), live.toString());
    }
  }

  private final boolean builtIn;
  private final Optional<OwnedFields.Owner> ours;
  private final List<Difference> found = new ArrayList<>();

  private DriftJudge(boolean builtIn, Optional<OwnedFields.Owner> ours) {
    this.builtIn = builtIn;
    this.ours = ours;
  }

  /**
   * Every field that was applied and now has another value, or none.
   *
   * @param desired the body as it was applied
   * @param owners of the live object
   */
  static List<Difference> compare(
      ObjectRef ref, JsonNode desired, JsonNode live, List<OwnedFields.Owner> owners) {
    DriftJudge judge =
        new DriftJudge(
            isBuiltIn(ref.group()),
            owners.stream().filter(OwnedFields.Owner::isTowline).findFirst());
    OwnedFields.Tree tree = OwnedFields.Tree.of(owners);
    for (Map.Entry<String, JsonNode> member : desired.properties()) {
      switch (member.getKey()) {
        case "apiVersion", "kind", "status" -> {}
        case "metadata" -> judge.metadata(member.getValue(), live.path("metadata"), tree);
        default ->
            judge.member(
                new Place("", List.of(), 0), member.getKey(), member.getValue(), live, tree);
      }
    }
    return List.copyOf(judge.found);
  }

  /** Stable over equal differences, to recognise them. Never 0. */
  static long signature(List<Difference> differences) {
    long hash = OwnedFields.start();
    for (Difference difference : differences) {
      hash = OwnedFields.mix(hash, difference.pointer());
      hash = OwnedFields.mix(hash, difference.live().toString());
    }
    return hash == 0 ? 1 : hash;
  }

  /** The differences that are not among those marks. */
  static List<Difference> without(List<Difference> differences, Set<Long> marks) {
    return differences.stream().filter(difference -> !marks.contains(difference.mark())).toList();
  }

  /** To recognise each of them again. */
  static Set<Long> marks(List<Difference> differences) {
    return differences.stream().map(Difference::mark).collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isBuiltIn(String group) {
    return group.indexOf('.') < 0 || group.endsWith(".k8s.io");
  }

  private record Place(String pointer, List<String> elements, int depth) {
    Place below(String step, String element) {
      List<String> longer = new ArrayList<>(elements);
      longer.add(element);
      return new Place(
          pointer + "/" + step.replace("~", "~0").replace("/", "~1"), longer, depth + 1);
    }

    boolean isBelow(String member) {
      return elements.contains("f:" + member);
    }
  }

  private void metadata(JsonNode desired, JsonNode live, OwnedFields.Tree tree) {
    Place place = new Place("/metadata", List.of("f:metadata"), 1);
    for (Map.Entry<String, JsonNode> member : desired.properties()) {
      if (COMPARED_METADATA.contains(member.getKey())) {
        member(place, member.getKey(), member.getValue(), live, tree.child("f:metadata"));
      }
    }
  }

  private void member(
      Place parent, String name, JsonNode desired, JsonNode live, OwnedFields.Tree tree) {
    String element = "f:" + name;
    value(
        parent.below(name, element),
        desired,
        live.path(name),
        tree.child(element),
        tree.has(element));
  }

  private void value(
      Place place, JsonNode desired, JsonNode live, OwnedFields.Tree tree, boolean owned) {
    if (place.depth() > MAX_DEPTH || desired.isNull()) {
      return;
    }
    if (live.isMissingNode() || live.isNull()) {
      missing(place, desired);
      return;
    }
    boolean whole = owned && tree.isLeaf() && desired.isContainerNode() && !desired.isEmpty();
    if (desired.isObject() && live.isObject()) {
      if (whole) {
        whole(place, desired, live);
      } else {
        desired.properties().forEach(m -> member(place, m.getKey(), m.getValue(), live, tree));
      }
    } else if (desired.isArray() && live.isArray()) {
      list(place, desired, live, tree);
    } else if (!sameScalar(place, desired, live)) {
      add(place, desired, live);
    }
  }

  /** Of an object that is gone every member is told, as if they had gone one by one. */
  private void missing(Place place, JsonNode desired) {
    if (mayBeDropped(place, desired)) {
      return;
    }
    if (desired.isObject()) {
      desired
          .properties()
          .forEach(m -> missing(place.below(m.getKey(), "f:" + m.getKey()), m.getValue()));
    } else if (!desired.isNull()) {
      add(place, desired, MissingNode.getInstance());
    }
  }

  private void list(Place place, JsonNode desired, JsonNode live, OwnedFields.Tree tree) {
    List<String> keys = tree.listKeys();
    if (!keys.isEmpty()) {
      for (int i = 0; i < desired.size(); i++) {
        keyed(place, desired.get(i), i, live, tree, keys);
      }
    } else if (tree.isSet()) {
      for (int i = 0; i < desired.size(); i++) {
        JsonNode wanted = desired.get(i);
        boolean there = false;
        for (JsonNode member : live) {
          there |= OwnedFields.sameScalar(wanted, member);
        }
        if (!there) {
          add(place.below(Integer.toString(i), "v:" + wanted), wanted, MissingNode.getInstance());
        }
      }
    } else {
      whole(place, desired, live);
    }
  }

  private void keyed(
      Place place,
      JsonNode wanted,
      int index,
      JsonNode live,
      OwnedFields.Tree tree,
      List<String> keys) {
    for (int i = 0; i < live.size(); i++) {
      JsonNode member = live.get(i);
      if (matches(wanted, member, keys)) {
        String element = tree.elementOf(member).orElse("k:" + i);
        value(
            place.below(Integer.toString(i), element), wanted, member, tree.child(element), false);
        return;
      }
    }
    add(place.below(Integer.toString(index), "k:?"), wanted, MissingNode.getInstance());
  }

  /** A key that was not written was defaulted, for example the protocol of a port. */
  private static boolean matches(JsonNode wanted, JsonNode member, List<String> keys) {
    for (String key : keys) {
      JsonNode value = wanted.path(key);
      if (!value.isMissingNode() && !OwnedFields.sameScalar(value, member.path(key))) {
        return false;
      }
    }
    return true;
  }

  /**
   * A value that has one owner as a whole. The API server may have put defaults into it; but who
   * owns it no longer has seen somebody change it.
   */
  private void whole(Place place, JsonNode desired, JsonNode live) {
    if (equal(place, desired, live, false)) {
      return;
    }
    boolean stillOurs = ours.isPresent() && OwnedFields.owns(ours.get(), place.elements());
    if (!stillOurs || !equal(place, desired, live, true)) {
      add(place, desired, live);
    }
  }

  private boolean equal(Place place, JsonNode desired, JsonNode live, boolean defaultsAllowed) {
    if (live.isMissingNode() || live.isNull()) {
      return desired.isNull() || mayBeDropped(place, desired);
    }
    if (desired.isObject() && live.isObject()) {
      if (!defaultsAllowed && live.size() > desired.size()) {
        return false;
      }
      for (Map.Entry<String, JsonNode> member : desired.properties()) {
        Place below = place.below(member.getKey(), "f:" + member.getKey());
        if (!equal(below, member.getValue(), live.path(member.getKey()), defaultsAllowed)) {
          return false;
        }
      }
      return true;
    }
    if (desired.isArray() && live.isArray()) {
      if (desired.size() != live.size()) {
        return false;
      }
      for (int i = 0; i < desired.size(); i++) {
        if (!equal(
            place.below(Integer.toString(i), "i:" + i),
            desired.get(i),
            live.get(i),
            defaultsAllowed)) {
          return false;
        }
      }
      return true;
    }
    return sameScalar(place, desired, live);
  }

  private boolean sameScalar(Place place, JsonNode desired, JsonNode live) {
    if (OwnedFields.sameScalar(desired, live)) {
      return true;
    }
    return builtIn
        && desired.isValueNode()
        && live.isValueNode()
        && AMOUNTS.stream().anyMatch(place::isBelow)
        && !place.isBelow("metadata")
        && Quantity.equal(desired.asText(), live.asText());
  }

  /** Typed kinds drop what is empty or zero; maps of strings keep it. */
  private boolean mayBeDropped(Place place, JsonNode desired) {
    if (desired.isContainerNode()) {
      return desired.isEmpty();
    }
    if (!builtIn
        || place.isBelow("metadata")
        || place.isBelow("data")
        || place.isBelow("binaryData")) {
      return false;
    }
    return (desired.isTextual() && desired.asText().isEmpty())
        || (desired.isBoolean() && !desired.asBoolean())
        || (desired.isNumber() && desired.asDouble() == 0);
  }

  private void add(Place place, JsonNode desired, JsonNode live) {
    if (found.size() < Observation.MAX_FIELDS) {
      found.add(new Difference(place.pointer(), place.elements(), desired, live));
    }
  }
}
