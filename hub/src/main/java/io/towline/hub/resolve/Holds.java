package io.towline.hub.resolve;

import java.util.Set;

/**
 * What must stay as it was published last, since its declaration cannot be read: a mistake in Git
 * never removes anything from a cluster.
 *
 * @param sources whose Fleet file is wrong: all their bundles
 * @param bundles by name
 * @param places where a bundle's declaration is wrong, for one whose name changed or is unreadable
 * @param clusters whose Cluster file is wrong: all bundles on them
 */
public record Holds(
    Set<String> sources, Set<String> bundles, Set<Place> places, Set<String> clusters) {
  /** A bundle's directory in a source. */
  public record Place(String source, String directory) {}

  public Holds {
    sources = Set.copyOf(sources);
    bundles = Set.copyOf(bundles);
    places = Set.copyOf(places);
    clusters = Set.copyOf(clusters);
  }

  /**
   * Whether a target that was published earlier, and is not among the resolved ones now, stays.
   *
   * @param source that the bundle came from
   * @param directory of the bundle, from the source's root
   */
  public boolean keeps(String source, String bundle, String directory, String cluster) {
    return sources.contains(source)
        || bundles.contains(bundle)
        || places.contains(new Place(source, directory))
        || clusters.contains(cluster);
  }
}
