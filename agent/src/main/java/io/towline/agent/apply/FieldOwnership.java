package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rewrites {@code metadata.managedFields} so that what some managers own is owned by Towline's
 * applies: then there is no conflict with them, and what Git no longer contains goes away. The way
 * in which client-go upgrades what {@code kubectl apply} wrote on the client's side. Pure.
 */
final class FieldOwnership {
  private static final String APPLY = "Apply";

  private FieldOwnership() {}

  /**
   * Gives what those managers own to Towline, and what Towline once created without applying it.
   * Fields that were written in another version of the kind have no owner afterwards. What was
   * written through a subresource stays whose it is.
   *
   * @return the new list; empty if it is as it should be
   */
  static Optional<ArrayNode> takenBack(JsonNode live, Set<String> managers) {
    List<JsonNode> others = new ArrayList<>();
    List<JsonNode> taken = new ArrayList<>();
    Optional<JsonNode> ours = Optional.empty();
    for (JsonNode entry : live.path("metadata").path("managedFields")) {
      if (isTaken(entry, managers)) {
        taken.add(entry);
      } else if (ours.isEmpty() && isOurs(entry)) {
        ours = Optional.of(entry);
      } else {
        others.add(entry);
      }
    }
    if (taken.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode all = ours.orElse(taken.getFirst()).deepCopy();
    all.put("manager", Names.FIELD_MANAGER).put("operation", APPLY);
    for (JsonNode entry : taken) {
      if (entry.path("apiVersion").equals(all.path("apiVersion"))
          && entry.path("fieldsV1") instanceof ObjectNode fields) {
        unite(all.withObject("/fieldsV1"), fields);
      }
    }
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    others.forEach(list::add);
    return Optional.of(list.add(all));
  }

  private static boolean isTaken(JsonNode entry, Set<String> managers) {
    if (!entry.path("subresource").asText("").isEmpty() || isOurs(entry)) {
      return false;
    }
    String manager = entry.path("manager").asText("");
    return manager.equals(Names.FIELD_MANAGER) || managers.contains(manager);
  }

  private static boolean isOurs(JsonNode entry) {
    return entry.path("manager").asText("").equals(Names.FIELD_MANAGER)
        && entry.path("operation").asText("").equals(APPLY)
        && entry.path("subresource").asText("").isEmpty();
  }

  private static void unite(ObjectNode into, ObjectNode fields) {
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      if (into.get(field.getKey()) instanceof ObjectNode there
          && field.getValue() instanceof ObjectNode more) {
        unite(there, more);
      } else {
        into.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }
}
