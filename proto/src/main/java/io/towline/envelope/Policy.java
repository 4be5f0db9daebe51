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

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putObject("apply")
        .put("conflicts", apply.conflicts().word())
        .put("serviceAccount", apply.serviceAccount());
    ArrayNode names = json.putArray("dependsOn");
    dependsOn.forEach(names::add);
    json.putObject("drift").put("mode", drift.mode().word());
    json.putObject("health").put("timeoutSeconds", health.timeout().toSeconds());
    json.putObject("prune").put("enabled", prune.enabled());
    return json;
  }

  static Policy read(Members json) {
    Members apply = json.object("apply");
    Members drift = json.object("drift");
    return new Policy(
        new ApplyPolicy(
            switch (apply.text("conflicts")) {
              case "fail" -> ApplyPolicy.Conflicts.FAIL;
              case "force" -> ApplyPolicy.Conflicts.FORCE;
              default -> throw apply.refuse("conflicts", "is neither fail nor force");
            },
            apply.text("serviceAccount")),
        json.texts("dependsOn", Limits.LIST_ENTRIES),
        new DriftPolicy(
            switch (drift.text("mode")) {
              case "correct" -> DriftPolicy.Mode.CORRECT;
              case "warn" -> DriftPolicy.Mode.WARN;
              default -> throw drift.refuse("mode", "is neither correct nor warn");
            }),
        new HealthPolicy(
            Duration.ofSeconds(
                json.object("health")
                    .integer(
                        "timeoutSeconds", HealthPolicy.MIN_SECONDS, HealthPolicy.MAX_SECONDS))),
        new PrunePolicy(json.object("prune").bool("enabled")));
  }
}
