package io.towline.hub.render;

import io.towline.hub.git.FileTree;
import io.towline.hub.git.FileTree.Entry;
import io.towline.hub.resolve.Glob;
import io.towline.hub.resolve.RenderInput;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Chooses the files of a bundle of plain YAML: {@code .yaml}, {@code .yml} and {@code .json} at any
 * depth, or those that its globs name. Never the files of nested bundles, below a directory that
 * begins with a dot, the declaration itself, or a kustomization.
 */
final class BundleFiles {
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");
  private static final Set<String> KUSTOMIZATIONS =
      Set.of("kustomization.yaml", "kustomization.yml", "Kustomization");

  private final FileTree tree;
  private final int most;

  /**
   * Makes one.
   *
   * @param most files that a bundle may consist of
   */
  BundleFiles(FileTree tree, int most) {
    this.tree = tree;
    this.most = most;
  }

  /**
   * Gives the files in the order of their paths. Links and submodules anywhere in the bundle are
   * problems: nothing outside the commit may decide what a cluster gets.
   */
  List<Entry> choose(RenderInput input, RenderInput.Plain form, Problems problems) {
    String prefix = input.directory().isEmpty() ? "" : input.directory() + "/";
    Predicate<String> wanted = wanted(input, form, problems);
    List<Entry> chosen = new ArrayList<>();
    int seen = 0;
    for (Entry entry : tree.list(input.directory())) {
      String path = entry.path().substring(prefix.length());
      if (isHidden(path) || isNested(entry.path(), input.nested())) {
        continue;
      }
      if (++seen > most) {
        throw problems.fatal(
            Reason.LIMIT_EXCEEDED,
            input.directory(),
            "the bundle has more than " + most + " files");
      }
      switch (entry.kind()) {
        case SYMLINK ->
            problems.add(
                Reason.RENDER_REFUSED,
                entry.path(),
                "a symbolic link is not followed; put a file in its place");
        case SUBMODULE ->
            problems.add(
                Reason.RENDER_REFUSED,
                entry.path(),
                "a submodule is not fetched; put its files in its place");
        case FILE, EXECUTABLE -> {
          if (wanted.test(path)) {
            chosen.add(entry);
          }
        }
      }
    }
    chosen.sort(Comparator.comparing(Entry::path));
    return chosen;
  }

  private static Predicate<String> wanted(
      RenderInput input, RenderInput.Plain form, Problems problems) {
    Predicate<String> manifest = BundleFiles::isManifest;
    List<Glob> globs = new ArrayList<>();
    for (String glob : form.globs()) {
      try {
        globs.add(Glob.of(glob));
      } catch (IllegalArgumentException e) {
        throw problems.fatal(
            Reason.DECLARATION_INVALID, input.directory(), "manifests: " + e.getMessage());
      }
    }
    return globs.isEmpty()
        ? manifest
        : manifest.and(path -> globs.stream().anyMatch(glob -> glob.matches(path)));
  }

  /** Whether a file may hold manifests, by its name. */
  static boolean isManifest(String path) {
    return isYaml(path)
        && !name(path).equals(Names.DECLARATION_FILE)
        && !KUSTOMIZATIONS.contains(name(path));
  }

  /** Whether a file is YAML or JSON, by its name. */
  static boolean isYaml(String path) {
    return ENDINGS.stream().anyMatch(path::endsWith);
  }

  private static boolean isHidden(String path) {
    return path.startsWith(".") || path.contains("/.");
  }

  private static boolean isNested(String path, List<String> nested) {
    return nested.stream().anyMatch(directory -> path.startsWith(directory + "/"));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
