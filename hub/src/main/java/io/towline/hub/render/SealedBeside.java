package io.towline.hub.render;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.SealedObject;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.FileTree.Entry;
import io.towline.hub.git.GitException;
import io.towline.hub.resolve.Yaml;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How sealed files take part in a Kustomize build: not at all, since kustomize writes everything
 * anew. A sealed object that lies in the directory of a kustomization of the build, and that no
 * kustomization names, goes to the cluster as it is; one that a kustomization names is refused. One
 * for each render; one thread.
 */
final class SealedBeside {
  private final FileTree tree;
  private final Problems problems;

  SealedBeside(FileTree tree, Problems problems) {
    this.tree = tree;
    this.problems = problems;
  }

  /**
   * What may be a sealed file beside a kustomization, by path; nothing is read for it.
   *
   * @param directories of the kustomizations
   * @param named paths that some kustomization names
   */
  static SortedMap<String, Entry> candidates(
      FileTree tree, Set<String> directories, Set<String> named) {
    SortedMap<String, Entry> candidates = new TreeMap<>();
    for (String directory : directories) {
      int prefix = directory.isEmpty() ? 0 : directory.length() + 1;
      for (Entry entry : tree.list(directory)) {
        String name = entry.path().substring(prefix);
        boolean candidate =
            !name.contains("/")
                && !name.startsWith(".")
                && BundleFiles.isManifest(name)
                && entry.size() <= Yaml.MAX_BYTES
                && (entry.kind() == FileTree.Kind.FILE || entry.kind() == FileTree.Kind.EXECUTABLE);
        if (candidate && !named.contains(entry.path())) {
          candidates.put(entry.path(), entry);
        }
      }
    }
    return candidates;
  }

  /** Says which sealed files kustomize would write anew, at the place that names them. */
  void refuseNamed(ScannedFiles scanned) {
    scanned
        .named()
        .forEach(
            (path, spot) -> {
              Entry entry = scanned.files().get(path);
              if (entry != null && BundleFiles.isYaml(path) && !sealed(entry).isEmpty()) {
                problems.add(
                    Reason.SEALED_FILE_TOUCHED,
                    spot.document().file(),
                    spot.at(),
                    Problems.field(spot.pointer()),
                    path
                        + " is sealed, and kustomize would write it anew; name it nowhere: a sealed"
                        + " file beside a kustomization goes to the cluster as it is");
              }
            });
  }

  /** The sealed objects that lie beside the kustomizations, in the order of their paths. */
  List<Manifest> find(ScannedFiles scanned) {
    List<Manifest> found = new ArrayList<>();
    scanned.beside().values().forEach(entry -> found.addAll(sealed(entry)));
    return found;
  }

  /** Those files beside the kustomizations that may hold sealed objects: the render reads them. */
  List<Entry> looked(ScannedFiles scanned) {
    return scanned.beside().values().stream().filter(entry -> marked(entry).isPresent()).toList();
  }

  /** Sealed things that are no objects, such as values of a chart, are nobody's here. */
  private List<Manifest> sealed(Entry entry) {
    return marked(entry)
        .map(
            bytes ->
                new ManifestReader(entry.path(), true, problems)
                    .read(bytes).stream().filter(m -> m.sealed() && isObject(m.object())).toList())
        .orElse(List.of());
  }

  /** The bytes of a file that bears the marks of SOPS; the others are not parsed. */
  private Optional<byte[]> marked(Entry entry) {
    try {
      byte[] bytes = tree.read(entry, Yaml.MAX_BYTES);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      boolean marked = text.contains(SealedObject.SEAL) && text.contains(SealedObject.VALUE_PREFIX);
      return marked ? Optional.of(bytes) : Optional.empty();
    } catch (GitException e) {
      problems.add(e.reason(), entry.path(), String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static boolean isObject(ObjectNode object) {
    return object.hasNonNull("apiVersion") && object.hasNonNull("kind");
  }
}
