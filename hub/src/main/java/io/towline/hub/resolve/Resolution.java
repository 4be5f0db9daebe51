package io.towline.hub.resolve;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What every source declares for every registered cluster. Deterministic: equal sources and
 * clusters give equal lists in equal order.
 *
 * @param bundles that are sound, in the order of source and path
 * @param targets of sound bundles on registered clusters
 * @param clusters what Cluster files declare, by cluster name, registered or not
 * @param problemsBySource by source, in the order of file and place; a source without is absent
 * @param holds what must stay as it is
 */
public record Resolution(
    List<BundleDeclaration> bundles,
    List<Target> targets,
    Map<String, ClusterDeclaration> clusters,
    Map<String, List<Problem>> problemsBySource,
    Holds holds) {
  public Resolution {
    bundles = List.copyOf(bundles);
    targets = List.copyOf(targets);
    clusters = Collections.unmodifiableSortedMap(new TreeMap<>(clusters));
    TreeMap<String, List<Problem>> sorted = new TreeMap<>();
    problemsBySource.forEach((source, problems) -> sorted.put(source, List.copyOf(problems)));
    problemsBySource = Collections.unmodifiableSortedMap(sorted);
  }

  /** The problems of all sources. */
  public List<Problem> problems() {
    return problemsBySource.values().stream().flatMap(List::stream).toList();
  }
}
