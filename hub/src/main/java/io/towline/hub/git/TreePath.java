package io.towline.hub.git;

/** How paths in a {@link FileTree} are written. */
final class TreePath {
  private TreePath() {}

  /** Whether this is a relative path without empty parts, {@code .} and {@code ..}. */
  static boolean isPlain(String path) {
    if (path.isEmpty() || path.indexOf('\0') >= 0) {
      return false;
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return false;
      }
    }
    return true;
  }
}
