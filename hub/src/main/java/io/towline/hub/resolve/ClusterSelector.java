package io.towline.hub.resolve;

import java.util.List;

/** Which clusters a target means. */
public sealed interface ClusterSelector {
  /** By their labels. */
  record ByLabels(LabelSelector selector) implements ClusterSelector {}

  /** By a set that the source's Fleet file names. */
  record BySet(String name, LabelSelector selector) implements ClusterSelector {}

  /** By their names. */
  record ByNames(List<String> names) implements ClusterSelector {
    public ByNames {
      names = List.copyOf(names);
    }
  }

  /** Whether this cluster is meant. */
  default boolean matches(ClusterFacts cluster) {
    return switch (this) {
      case ByLabels(LabelSelector selector) -> selector.matches(cluster.labels());
      case BySet(String name, LabelSelector selector) -> selector.matches(cluster.labels());
      case ByNames(List<String> names) -> names.contains(cluster.name());
    };
  }
}
