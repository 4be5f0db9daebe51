package io.towline.hub.resolve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What bundles wait for, by their names. */
final class Dependencies {
  private final Map<String, List<String>> waitsFor = new HashMap<>();

  /** Adds a bundle with the names of those that it depends on. */
  void add(String bundle, List<String> dependencies) {
    waitsFor.put(bundle, List.copyOf(dependencies));
  }

  /**
   * The shortest way on which a bundle waits for itself.
   *
   * @return the bundle, those between, and the bundle again; empty if there is none
   */
  Optional<List<String>> cycle(String bundle) {
    Map<String, String> reachedFrom = new HashMap<>();
    Deque<String> open = new ArrayDeque<>(List.of(bundle));
    while (!open.isEmpty()) {
      String at = open.removeFirst();
      for (String next : waitsFor.getOrDefault(at, List.of())) {
        if (next.equals(bundle)) {
          return Optional.of(way(bundle, at, reachedFrom));
        }
        if (reachedFrom.putIfAbsent(next, at) == null) {
          open.addLast(next);
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> way(String bundle, String last, Map<String, String> reachedFrom) {
    List<String> way = new ArrayList<>(List.of(bundle));
    String at = last;
    while (!at.equals(bundle)) {
      way.addFirst(at);
      at = reachedFrom.getOrDefault(at, bundle);
    }
    way.addFirst(bundle);
    return way;
  }
}
