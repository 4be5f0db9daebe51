package io.towline.hub.git;

import java.util.List;
import java.util.Optional;

/**
 * The files of one commit, or of a working directory, read-only. Paths are relative, with {@code /}
 * between their parts, without a leading or trailing one; the root is the empty string. Links are
 * entries and never followed. Thread-safe.
 */
public interface FileTree {
  /** What stands at a path. */
  enum Kind {
    FILE,
    EXECUTABLE,
    SYMLINK,
    SUBMODULE
  }

  /**
   * One file.
   *
   * @param path from the root of the tree
   * @param contentId changes when the content does: the Git object id, or a digest of the bytes
   * @param size in bytes; of a link, the length of its target; of a submodule, 0
   */
  record Entry(String path, Kind kind, String contentId, long size) {}

  /**
   * All entries below a directory, at any depth, in the order of their paths; none if it is none.
   */
  List<Entry> list(String directory);

  /** The entry at exactly this path; empty if there is none or it is a directory. */
  Optional<Entry> entry(String path);

  /**
   * The bytes of a regular file.
   *
   * @param limit in bytes
   * @throws GitException with reason LIMIT_EXCEEDED when it is larger, or when it is not a file
   */
  byte[] read(Entry entry, long limit);
}
