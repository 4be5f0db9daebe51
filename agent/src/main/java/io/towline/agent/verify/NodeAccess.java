package io.towline.agent.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ObjectRef;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Pods, and templates of pods, that reach the node that they run on. */
final class NodeAccess {
  /** Groups of the kinds that Kubernetes itself makes pods of. */
  private static final Set<String> GROUPS = Set.of("", "apps", "batch");

  /** Kinds of the core group that hold what others wrote, under names that they chose. */
  private static final Set<String> DATA = Set.of("Secret", "ConfigMap");

  private static final Set<String> SWITCHES =
      Set.of("privileged", "hostNetwork", "hostPID", "hostIPC", "hostProcess");

  private static final String VOLUME = "hostPath";

  private NodeAccess() {}

  /** Whether it takes the body of such an object to tell. */
  static boolean mayBeIn(ObjectRef ref) {
    return GROUPS.contains(ref.group()) && !DATA.contains(ref.kind());
  }

  /** The first member that reaches the node, at whatever depth; empty if there is none. */
  static Optional<String> in(JsonNode value) {
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      boolean switched = SWITCHES.contains(member.getKey()) && member.getValue().asBoolean(false);
      if (switched || (member.getKey().equals(VOLUME) && member.getValue().isObject())) {
        return Optional.of(member.getKey());
      }
    }
    for (JsonNode inner : value) {
      Optional<String> found = in(inner);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }
}
