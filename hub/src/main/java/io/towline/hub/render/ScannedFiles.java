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
 */
record ScannedFiles(
    String root,
    SortedMap<String, Entry> files,
    Set<String> secretFiles,
    List<String> secretTexts) {
  ScannedFiles {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    secretFiles = Set.copyOf(secretFiles);
    secretTexts = List.copyOf(secretTexts);
  }
}
