package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads {@code metadata.managedFields}: who owns which field, in the format {@code FieldsV1} of
 * structured-merge-diff ({@code f:} a member, {@code k:} a list element by its keys, {@code v:} a
 * set element, {@code i:} a list element by its index, {@code .} the node itself).
 */
final class OwnedFields {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern INDEX = Pattern.compile("[0-9]{1,9}");
  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private OwnedFields() {}

  /**
   * One entry of managedFields.
   *
   * @param fields the tree in {@code FieldsV1}
   */
  record Owner(String manager, String operation, String subresource, String time, JsonNode fields) {
    boolean isTowline() {
      return manager.equals(Names.FIELD_MANAGER)
          && operation.equals("Apply")
          && subresource.isEmpty();
    }
  }

  /** All entries of a live object. */
  static List<Owner> of(JsonNode live) {
    List<Owner> owners = new ArrayList<>();
    for (JsonNode entry : live.path("metadata").path("managedFields")) {
      owners.add(
          new Owner(
              entry.path("manager").asText(""),
              entry.path("operation").asText(""),
              entry.path("subresource").asText(""),
              entry.path("time").asText(""),
              entry.path("fieldsV1")));
    }
    return owners;
  }

  /** A tree over what several owners own. */
  static final class Tree {
    static final Tree EMPTY = new Tree();

    private final Map<String, Tree> children = new HashMap<>();

    /** What anybody owns: it tells how lists are to be read. */
    static Tree of(List<Owner> owners) {
      Tree all = new Tree();
      owners.forEach(owner -> all.add(owner.fields()));
      return all;
    }

    private void add(JsonNode fields) {
      for (Map.Entry<String, JsonNode> field : fields.properties()) {
        if (!field.getKey().equals(".")) {
          children.computeIfAbsent(field.getKey(), k -> new Tree()).add(field.getValue());
        }
      }
    }

    Tree child(String element) {
      return children.getOrDefault(element, EMPTY);
    }

    boolean has(String element) {
      return children.containsKey(element);
    }

    /** Nobody looks further down: the value is one whole. */
    boolean isLeaf() {
      return children.isEmpty();
    }

    /** The names by which the elements of this list are told apart; empty if they are not. */
    List<String> listKeys() {
      for (String element : children.keySet()) {
        if (element.startsWith("k:")) {
          List<String> names = new ArrayList<>();
          json(element).fieldNames().forEachRemaining(names::add);
          return names;
        }
      }
      return List.of();
    }

    boolean isSet() {
      return children.keySet().stream().anyMatch(element -> element.startsWith("v:"));
    }

    /** The element that stands for this member of a list. */
    Optional<String> elementOf(JsonNode member) {
      for (String element : children.keySet()) {
        if (element.startsWith("k:") && hasKeys(member, json(element))) {
          return Optional.of(element);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * Whether that owner owns the field at the end of these elements, alone or as part of a whole.
   */
  static boolean owns(Owner owner, List<String> elements) {
    JsonNode at = owner.fields();
    for (int depth = 0; depth < elements.size(); depth++) {
      String element = elements.get(depth);
      JsonNode next = at.path(element);
      if (next.isMissingNode()) {
        // A leaf that is owned as a whole includes what is below it.
        return depth > 0 && at.isObject() && at.isEmpty();
      }
      at = next;
    }
    return !at.isMissingNode();
  }

  /** Whether the field is another's and not Towline's: nobody shares what he changed. */
  static boolean isAnothers(List<Owner> owners, List<String> elements) {
    return owners.stream().anyMatch(owner -> !owner.isTowline() && owns(owner, elements))
        && owners.stream().noneMatch(owner -> owner.isTowline() && owns(owner, elements));
  }

  /**
   * A fingerprint of the values that an owner owns: equal as long as none of them changed. Never 0.
   */
  static long fingerprint(JsonNode live, Owner owner) {
    long hash = fingerprint(FNV_START, live, owner.fields());
    return hash == 0 ? 1 : hash;
  }

  private static long fingerprint(long hash, JsonNode live, JsonNode fields) {
    if (fields.isEmpty()) {
      return mix(hash, live.isMissingNode() ? "absent" : live.toString());
    }
    long result = hash;
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String element = field.getKey();
      result = mix(result, element);
      result =
          element.equals(".")
              ? mix(result, live.isMissingNode() ? "absent" : "present")
              : fingerprint(result, step(live, element), field.getValue());
    }
    return result;
  }

  /** What a server of another version writes here leads nowhere. */
  private static JsonNode step(JsonNode live, String element) {
    if (element.length() < 2 || element.charAt(1) != ':') {
      return nowhere();
    }
    String rest = element.substring(2);
    return switch (element.charAt(0)) {
      case 'f' -> live.path(rest);
      case 'i' -> INDEX.matcher(rest).matches() ? live.path(Integer.parseInt(rest)) : nowhere();
      case 'k' -> find(live, json(element));
      case 'v' -> findValue(live, json(element));
      default -> nowhere();
    };
  }

  private static JsonNode nowhere() {
    return MissingNode.getInstance();
  }

  private static JsonNode find(JsonNode list, JsonNode keys) {
    for (JsonNode member : list) {
      if (hasKeys(member, keys)) {
        return member;
      }
    }
    return MissingNode.getInstance();
  }

  private static JsonNode findValue(JsonNode list, JsonNode value) {
    for (JsonNode member : list) {
      if (sameScalar(member, value)) {
        return member;
      }
    }
    return MissingNode.getInstance();
  }

  private static boolean hasKeys(JsonNode member, JsonNode keys) {
    for (Map.Entry<String, JsonNode> key : keys.properties()) {
      if (!sameScalar(member.path(key.getKey()), key.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** Equal as JSON; numbers by value, however they are written, if they have one. */
  static boolean sameScalar(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber() && isFinite(a) && isFinite(b)) {
      return new BigDecimal(a.asText()).compareTo(new BigDecimal(b.asText())) == 0;
    }
    return a.getNodeType() == b.getNodeType() && a.asText().equals(b.asText());
  }

  /** Jackson reads 1e400 as Infinity. */
  private static boolean isFinite(JsonNode number) {
    return Double.isFinite(number.asDouble());
  }

  private static JsonNode json(String element) {
    try {
      return MAPPER.readTree(element.substring(2));
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  static long mix(long hash, String text) {
    long result = hash;
    for (int i = 0; i < text.length(); i++) {
      result = (result ^ text.charAt(i)) * FNV_PRIME;
    }
    return (result ^ 0x1f) * FNV_PRIME;
  }

  static long start() {
    return FNV_START;
  }
}
