package io.towline.hub.resolve;

import java.util.ArrayDeque;
import java.util.Deque;

/** Paths within a source: relative, with {@code /} between their parts, the root being empty. */
public final class SourcePath {
  private static final int MAX_LENGTH = 4096;

  private SourcePath() {}

  /**
   * Where a relative path leads. Works on names alone; links are the tree's matter.
   *
   * @param directory where it starts, from the source's root
   * @return from the source's root, without {@code .} and {@code ..}
   * @throws IllegalArgumentException with a sentence for people, when it is absolute or leaves the
   *     source
   */
  public static String resolve(String directory, String relative) {
    if (relative.isBlank()) {
      throw new IllegalArgumentException("a path must not be empty");
    }
    if (relative.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("a path is longer than " + MAX_LENGTH + " characters");
    }
    if (relative.startsWith("/")) {
      throw new IllegalArgumentException("a path must be relative to this file");
    }
    if (relative.chars().anyMatch(c -> c == '\\' || Character.isISOControl(c))) {
      throw new IllegalArgumentException("a path has / between its parts, and no signs of control");
    }
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (directory + "/" + relative).split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> {
          if (parts.pollLast() == null) {
            throw new IllegalArgumentException("a path must not leave the source");
          }
        }
        default -> parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  /** The directory of a path; empty for what stands at the root. */
  public static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  /** The last part of a path. */
  public static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The path of a name in a directory. */
  public static String join(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  /** Whether a path is below a directory, at any depth. */
  public static boolean isBelow(String directory, String path) {
    return directory.isEmpty() ? !path.isEmpty() : path.startsWith(directory + "/");
  }
}
