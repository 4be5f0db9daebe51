package io.towline.hub.store;

import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A bundle as people see it.
 *
 * @param status the worst of its targets and of its own declaration
 * @param reason why its declaration or a render failed, a word
 * @param declared false: it left Git, while clusters still let go of it
 * @param targets how many targets it has, by status word; words without any are left out
 */
public record BundleView(
    String name,
    String source,
    String path,
    String commit,
    String revision,
    SortedMap<String, String> labels,
    Status status,
    Optional<String> reason,
    String message,
    boolean declared,
    Instant updatedAt,
    Map<String, Integer> targets) {
  public BundleView {
    labels = new TreeMap<>(labels);
    targets = Map.copyOf(targets);
  }

  BundleView withTargets(Map<String, Integer> counts) {
    return new BundleView(
        name, source, path, commit, revision, labels, status, reason, message, declared, updatedAt,
        counts);
  }
}
