package io.towline.hub.resolve;

import java.util.List;
import java.util.Optional;

/**
 * What one source declares, before it is joined with the other sources and the clusters. Depends on
 * the commit alone, so it may be kept with it.
 *
 * @param source the source's name
 * @param sound whether the Fleet file, if any, could be read; if not, all bundles are held
 * @param bundles in the order of their paths
 * @param clusters in the order of their files
 * @param problems in the order of file and place
 */
public record SourceDeclarations(
    String source,
    boolean sound,
    List<Bundle> bundles,
    List<Cluster> clusters,
    List<Problem> problems) {
  public SourceDeclarations {
    bundles = List.copyOf(bundles);
    clusters = List.copyOf(clusters);
    problems = List.copyOf(problems);
  }

  /**
   * A directory that is a bundle.
   *
   * @param file of the declaration
   * @param name where it can be read
   * @param declaration empty if something is wrong with it
   * @param document for the places of what is checked later; empty if there is none
   */
  record Bundle(
      String directory,
      String file,
      Optional<String> name,
      Optional<BundleDeclaration> declaration,
      Optional<YamlDocument> document) {}

  /**
   * A Cluster document.
   *
   * @param name where it can be read
   * @param declaration empty if something is wrong with it
   * @param place of its name
   */
  record Cluster(
      String file,
      Optional<String> name,
      Optional<ClusterDeclaration> declaration,
      Position place) {}
}
