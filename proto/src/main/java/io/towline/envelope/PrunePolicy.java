package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Whether objects that left a bundle are deleted.
 *
 * @param enabled if not, they stay and are no longer Towline's
 */
public record PrunePolicy(boolean enabled) {
  ObjectNode toJson() {
    return JsonNodeFactory.instance.objectNode().put("enabled", enabled);
  }

  static PrunePolicy read(Members json) {
    return new PrunePolicy(json.bool("enabled"));
  }
}
