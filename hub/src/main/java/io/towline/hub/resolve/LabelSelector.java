package io.towline.hub.resolve;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A Kubernetes LabelSelector: every pair and every requirement must hold; an empty one selects all.
 *
 * @param matchLabels pairs that a cluster must carry
 * @param requirements the matchExpressions
 */
public record LabelSelector(Map<String, String> matchLabels, List<Requirement> requirements) {
  public LabelSelector {
    matchLabels = Collections.unmodifiableSortedMap(new TreeMap<>(matchLabels));
    requirements = List.copyOf(requirements);
  }

  /** How a requirement compares. */
  public enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST
  }

  /**
   * One of the matchExpressions.
   *
   * @param values of IN and NOT_IN; empty for the others
   */
  public record Requirement(String key, Operator operator, List<String> values) {
    public Requirement {
      values = List.copyOf(values);
      boolean needsValues = operator == Operator.IN || operator == Operator.NOT_IN;
      if (needsValues == values.isEmpty()) {
        throw new IllegalArgumentException("In and NotIn have values, the others have none");
      }
    }

    /** As Kubernetes does: a label that is absent is not in any list. */
    boolean holds(Map<String, String> labels) {
      boolean present = labels.containsKey(key);
      return switch (operator) {
        case IN -> present && values.contains(labels.get(key));
        case NOT_IN -> !present || !values.contains(labels.get(key));
        case EXISTS -> present;
        case DOES_NOT_EXIST -> !present;
      };
    }
  }

  /** Whether these labels are selected. */
  public boolean matches(Map<String, String> labels) {
    return labels.entrySet().containsAll(matchLabels.entrySet())
        && requirements.stream().allMatch(requirement -> requirement.holds(labels));
  }
}
