package io.towline.hub.render;

import io.towline.hub.git.FileTree.Entry;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a kustomize build can read.
 *
 * @param root the path of the kustomization that the build begins with
 * @param files by path from the root of the source
 * @param secretFiles paths of those whose lines become values of Secrets
 * @param secretTexts values of Secrets that stand in kustomizations themselves
 * @param named where the kustomizations name files, by path: the first place of each
 * @param beside YAML files in the kustomizations' directories that none of them names
 */
record ScannedFiles(
    String root,
    SortedMap<String, Entry> files,
    Set<String> secretFiles,
    List<String> secretTexts,
    SortedMap<String, KustomizationSpot> named,
    SortedMap<String, Entry> beside) {
  ScannedFiles {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    secretFiles = Set.copyOf(secretFiles);
    secretTexts = List.copyOf(secretTexts);
    named = Collections.unmodifiableSortedMap(new TreeMap<>(named));
    beside = Collections.unmodifiableSortedMap(new TreeMap<>(beside));
  }
}
