package io.towline.hub.resolve;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A cluster as a Cluster file declares it.
 *
 * @param source the source that it stands in
 * @param file from the source's root
 * @param name under which the cluster is registered, now or later
 * @param labels that replace those of the registration
 * @param suspended why all on it is left alone; empty: it is not
 */
public record ClusterDeclaration(
    String source,
    String file,
    String name,
    Map<String, String> labels,
    Optional<DeclaredSuspension> suspended) {
  public ClusterDeclaration {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }
}
