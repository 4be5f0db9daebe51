package io.towline.hub.resolve;

import io.towline.envelope.Policy;
import java.util.List;
import java.util.Map;

/**
 * What a source's bundles share.
 *
 * @param name of the fleet file; empty if none
 * @param include which directories or files are bundles
 * @param exclude which of them are not
 * @param clusterSets selectors by name
 * @param defaults of every bundle's policy
 * @param windows for new revisions, of every bundle that names none
 * @param correctionWindows for corrections, of every bundle that names none
 */
public record FleetDeclaration(
    String name,
    List<Glob> include,
    List<Glob> exclude,
    Map<String, LabelSelector> clusterSets,
    Policy defaults,
    List<ChangeWindow> windows,
    List<ChangeWindow> correctionWindows) {
  /** What holds in a source without a Fleet file. */
  public static final FleetDeclaration NONE =
      new FleetDeclaration(
          "",
          List.of(Glob.of("**/towline.yaml")),
          List.of(),
          Map.of(),
          Policy.defaults(),
          List.of(),
          List.of());

  public FleetDeclaration {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    clusterSets = Map.copyOf(clusterSets);
    windows = List.copyOf(windows);
    correctionWindows = List.copyOf(correctionWindows);
  }

  /**
   * Whether a declaration file is a bundle's.
   *
   * @param directory of the file, from the source's root
   * @param file its path, from the source's root
   */
  boolean selects(String directory, String file) {
    boolean included =
        include.stream().anyMatch(glob -> glob.matches(file) || glob.matches(directory));
    return included && !excludes(file);
  }

  /** An excluded directory takes what is below it along. */
  private boolean excludes(String file) {
    for (String path = file; !path.isEmpty(); path = SourcePath.parent(path)) {
      String candidate = path;
      if (exclude.stream().anyMatch(glob -> glob.matches(candidate))) {
        return true;
      }
    }
    return false;
  }
}
