package io.towline.hub.resolve;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** A registered cluster as selectors see it; its labels are the ones that count. */
public record ClusterFacts(UUID id, String name, Map<String, String> labels) {
  public ClusterFacts {
    SortedMap<String, String> sorted = new TreeMap<>(labels);
    labels = Collections.unmodifiableSortedMap(sorted);
  }
}
