package io.towline.hub.resolve;

import io.towline.envelope.Policy;
import io.towline.hub.git.Revision;
import io.towline.vocabulary.Names;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A bundle as its {@code towline.yaml} declares it, with the defaults of the Fleet file filled in.
 *
 * @param revision of the source that it stands in
 * @param name unique in the fleet
 * @param path its directory from the source's root; empty: the root itself
 * @param description for people; empty if none
 * @param labels of the bundle, not of clusters
 * @param namespace for objects that name none
 * @param form how its files become objects, unless a target says otherwise
 * @param nested directories of bundles below this one, whose files are not its own
 * @param targets the first that matches a cluster counts
 * @param windows when new revisions are let through
 * @param correctionWindows when what diverges is brought back
 * @param suspended why it is left alone on every cluster; empty: it is not
 */
public record BundleDeclaration(
    Revision revision,
    String name,
    String path,
    String description,
    Map<String, String> labels,
    Optional<String> namespace,
    RenderInput.Form form,
    List<String> nested,
    List<TargetRule> targets,
    Policy policy,
    List<ChangeWindow> windows,
    List<ChangeWindow> correctionWindows,
    Optional<DeclaredSuspension> suspended) {
  public BundleDeclaration {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    nested = List.copyOf(nested);
    targets = List.copyOf(targets);
    windows = List.copyOf(windows);
    correctionWindows = List.copyOf(correctionWindows);
  }

  /** Its file, from the source's root. */
  public String file() {
    return SourcePath.join(path, Names.DECLARATION_FILE);
  }

  /** The name of its source. */
  public String source() {
    return revision.source();
  }

  /**
   * One entry of {@code targets}.
   *
   * @param clusters which clusters it means
   * @param exclude which of them it leaves out
   * @param namespace instead of the bundle's
   * @param form instead of the bundle's
   */
  public record TargetRule(
      String name,
      ClusterSelector clusters,
      Optional<ClusterSelector> exclude,
      Optional<String> namespace,
      Optional<RenderInput.Form> form) {
    /** Whether the cluster is meant and not left out. */
    public boolean matches(ClusterFacts cluster) {
      return clusters.matches(cluster)
          && exclude.map(selector -> !selector.matches(cluster)).orElse(true);
    }
  }
}
