package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.hub.resolve.LabelSelector.Operator;
import io.towline.hub.resolve.LabelSelector.Requirement;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads labels and selectors of a document that the schema accepts or was found wrong: what does
 * not have its form is skipped, since the schema's finding says so already.
 */
final class SelectorReader {
  private SelectorReader() {}

  /** Pairs with Kubernetes' syntax. */
  static Map<String, String> labels(JsonNode node, String pointer, Findings findings) {
    Map<String, String> labels = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String at = Findings.member(pointer, field.getKey());
      LabelSyntax.mistakeInKey(field.getKey())
          .ifPresent(mistake -> findings.key(at, Reason.DECLARATION_INVALID, mistake));
      if (field.getValue().isTextual()) {
        String value = field.getValue().textValue();
        LabelSyntax.mistakeInValue(value).ifPresent(mistake -> findings.value(at, mistake));
        labels.put(field.getKey(), value);
      }
    }
    return labels;
  }

  /** A LabelSelector. */
  static LabelSelector selector(JsonNode node, String pointer, Findings findings) {
    List<Requirement> requirements = new ArrayList<>();
    JsonNode expressions = node.path("matchExpressions");
    for (int i = 0; i < expressions.size(); i++) {
      requirement(expressions.path(i), Findings.item(pointer + "/matchExpressions", i), findings)
          .ifPresent(requirements::add);
    }
    return new LabelSelector(
        labels(node.path("matchLabels"), pointer + "/matchLabels", findings), requirements);
  }

  private static Optional<Requirement> requirement(
      JsonNode node, String pointer, Findings findings) {
    String key = node.path("key").asText("");
    if (node.path("key").isTextual()) {
      LabelSyntax.mistakeInKey(key).ifPresent(mistake -> findings.value(pointer + "/key", mistake));
    }
    List<String> values = new ArrayList<>();
    JsonNode list = node.path("values");
    for (int i = 0; i < list.size(); i++) {
      if (list.path(i).isTextual()) {
        String at = Findings.item(pointer + "/values", i);
        LabelSyntax.mistakeInValue(list.path(i).textValue())
            .ifPresent(mistake -> findings.value(at, mistake));
        values.add(list.path(i).textValue());
      }
    }
    Optional<Operator> operator =
        switch (node.path("operator").asText("")) {
          case "In" -> Optional.of(Operator.IN);
          case "NotIn" -> Optional.of(Operator.NOT_IN);
          case "Exists" -> Optional.of(Operator.EXISTS);
          case "DoesNotExist" -> Optional.of(Operator.DOES_NOT_EXIST);
          default -> Optional.empty();
        };
    boolean needsValues =
        operator.filter(o -> o == Operator.IN || o == Operator.NOT_IN).isPresent();
    if (operator.isPresent() && !needsValues && !values.isEmpty()) {
      findings.value(pointer + "/values", "Exists and DoesNotExist have no values");
    }
    if (operator.isEmpty() || needsValues == values.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Requirement(key, operator.get(), values));
  }

  /**
   * A selector of clusters.
   *
   * @return empty when it is wrong, which is a finding then
   */
  static Optional<ClusterSelector> clusters(
      JsonNode node, String pointer, Map<String, LabelSelector> sets, Findings findings) {
    if (node.isTextual()) {
      LabelSelector set = sets.get(node.textValue());
      if (set == null) {
        findings.value(
            pointer,
            "the Fleet file has no clusterSet "
                + Findings.word(node.textValue())
                + Nearest.hint(node.textValue(), sets.keySet()));
        return Optional.empty();
      }
      return Optional.of(new ClusterSelector.BySet(node.textValue(), set));
    }
    if (node.has("names")) {
      List<String> names = new ArrayList<>();
      node.path("names").forEach(name -> names.add(name.asText()));
      return Optional.of(new ClusterSelector.ByNames(names));
    }
    if (node.isObject()) {
      return Optional.of(new ClusterSelector.ByLabels(selector(node, pointer, findings)));
    }
    return Optional.empty();
  }
}
