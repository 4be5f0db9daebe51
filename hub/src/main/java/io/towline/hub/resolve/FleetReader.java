package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.Policy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads a Fleet file whose findings so far are known, and adds to them. */
final class FleetReader {
  private FleetReader() {}

  /** As much of it as could be read: with findings, it is good for further checks only. */
  static FleetDeclaration read(JsonNode root, Findings findings) {
    Map<String, LabelSelector> sets = new TreeMap<>();
    for (Map.Entry<String, JsonNode> set : root.path("clusterSets").properties()) {
      String pointer = Findings.member("/clusterSets", set.getKey());
      sets.put(set.getKey(), SelectorReader.selector(set.getValue(), pointer, findings));
    }
    List<Glob> include = DeclarationFile.globs(root.path("include"), "/include", findings);
    return new FleetDeclaration(
        root.path("name").asText(""),
        root.has("include") ? include : FleetDeclaration.NONE.include(),
        DeclarationFile.globs(root.path("exclude"), "/exclude", findings),
        sets,
        PolicyReader.read(root.path("defaults"), "/defaults", Policy.defaults(), findings),
        ChangeWindow.read(root.path("defaults"), "/defaults", "rollout", List.of(), findings),
        ChangeWindow.read(root.path("defaults"), "/defaults", "drift", List.of(), findings));
  }
}
