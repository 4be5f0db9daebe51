package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/**
 * The policies of a bundle that its agents follow.
 *
 * @param apply how objects are written
 * @param dependsOn names of the bundles that have to be Ready on the same cluster before this one
 * @param drift what happens to a divergence
 * @param health how long becoming healthy may take
 * @param prune whether objects that left are deleted
 */
public record Policy(
    ApplyPolicy apply,
    List<String> dependsOn,
    DriftPolicy drift,
    HealthPolicy health,
    PrunePolicy prune) {
  private static final Duration DEFAULT_HEALTH_TIMEOUT = Duration.ofMinutes(5);

  public Policy {
    dependsOn = List.copyOf(dependsOn);
    if (dependsOn.size() > Limits.LIST_ENTRIES) {
      throw new IllegalArgumentException(
          "a bundle depends on at most " + Limits.LIST_ENTRIES + " others");
    }
  }

  /** What holds where a bundle says nothing: correct drift, prune, never take over fields. */
  public static Policy defaults() {
    return new Policy(
        new ApplyPolicy(ApplyPolicy.Conflicts.FAIL, ""),
        List.of(),
        new DriftPolicy(DriftPolicy.Mode.CORRECT),
        new HealthPolicy(DEFAULT_HEALTH_TIMEOUT),
        new PrunePolicy(true));
  }

  /**
   * The members that say what an agent of version 1.0 does not know, by their paths in the
   * manifest: an agent that does not understand one has to refuse the bundle, not ignore it.
   */
  List<String> critical() {
    return apply.critical();
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("apply", apply.toJson());
    ArrayNode names = json.putArray("dependsOn");
    dependsOn.forEach(names::add);
    json.set("drift", drift.toJson());
    json.set("health", health.toJson());
    json.set("prune", prune.toJson());
    return json;
  }

  static Policy read(Members json) {
    return new Policy(
        ApplyPolicy.read(json.object("apply")),
        json.texts("dependsOn", Limits.LIST_ENTRIES),
        DriftPolicy.read(json.object("drift")),
        HealthPolicy.read(json.object("health")),
        PrunePolicy.read(json.object("prune")));
  }
}
