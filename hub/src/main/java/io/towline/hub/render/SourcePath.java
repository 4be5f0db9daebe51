package io.towline.hub.render;

import io.towline.hub.git.FileTree;
import io.towline.hub.git.FileTree.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a path in a kustomization leads to in the source. One of the ways that are refused says why,
 * in a sentence for people.
 */
sealed interface SourcePath {
  /** A file of the commit. */
  record File(Entry entry) implements SourcePath {}

  /** A directory of the commit. */
  record Directory(String path) implements SourcePath {}

  /** Nothing stands there. */
  record Nothing(String path) implements SourcePath {}

  /** It leads, or would lead, out of the commit. */
  record Refused(String why) implements SourcePath {}

  /** A scheme, a user before a host, or one of the hosts and prefixes that kustomize knows. */
  Pattern REMOTE =
      Pattern.compile(
          "(?s)([a-z][a-z0-9+.-]*://|[a-z0-9-]+@[^/]*[:/]|git::|gh:|oci:|github\\.com[/:]).*");

  /** More parts than any repository nests directories. */
  int MOST_PARTS = 256;

  /**
   * Follows a path.
   *
   * @param directory where the path stands, from the root of the source
   * @param written as in the kustomization
   */
  static SourcePath follow(FileTree tree, String directory, String written) {
    String lower = written.toLowerCase(Locale.ROOT);
    if (REMOTE.matcher(lower).matches() || lower.contains("?ref=") || lower.contains("&ref=")) {
      return new Refused(
          "it is fetched from elsewhere, and a render has no network; copy it into the source");
    }
    if (written.startsWith("/")) {
      return new Refused("the path is absolute; name a file of the source");
    }
    if (written.indexOf('\0') >= 0 || written.indexOf('\\') >= 0) {
      return new Refused("the path has a character that paths here do not have");
    }
    Optional<List<String>> parts = normalise(directory, written);
    if (parts.isEmpty()) {
      return new Refused("the path leaves the source");
    }
    return find(tree, parts.get());
  }

  /** Lexically, as kustomize does; empty if it leaves the root of the source. */
  private static Optional<List<String>> normalise(String directory, String written) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (directory + "/" + written).split("/", -1)) {
      if (part.equals("..")) {
        if (parts.pollLast() == null) {
          return Optional.empty();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return parts.size() > MOST_PARTS ? Optional.empty() : Optional.of(new ArrayList<>(parts));
  }

  private static SourcePath find(FileTree tree, List<String> parts) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      path.append(i == 0 ? "" : "/").append(parts.get(i));
      Optional<Entry> entry = tree.entry(path.toString());
      if (entry.isEmpty()) {
        continue;
      }
      boolean last = i == parts.size() - 1;
      return switch (entry.get().kind()) {
        case SYMLINK -> new Refused(path + " is a symbolic link, which is not followed");
        case SUBMODULE -> new Refused(path + " is a submodule, which is not fetched");
        case FILE, EXECUTABLE ->
            last ? new File(entry.get()) : new Nothing(String.join("/", parts));
      };
    }
    String whole = path.toString();
    return whole.isEmpty() || !tree.list(whole).isEmpty()
        ? new Directory(whole)
        : new Nothing(whole);
  }
}
