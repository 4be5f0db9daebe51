package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * The files of one commit, read from the objects of a bare repository: no working tree, no filters,
 * no attributes, and neither submodules nor LFS are followed.
 */
final class GitTree implements FileTree {
  /** More files than these in one commit are not a fleet repository. */
  static final int MAX_ENTRIES = 500_000;

  /** How a file begins that stands for another one, kept elsewhere. */
  private static final byte[] LFS_POINTER =
      "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

  /** Orders directly after every path below a directory. */
  private static final char AFTER_SLASH = '/' + 1;

  private final Repository repository;
  private final NavigableMap<String, Entry> entries;

  private GitTree(Repository repository, NavigableMap<String, Entry> entries) {
    this.repository = repository;
    this.entries = entries;
  }

  /**
   * Reads the names of all files.
   *
   * @param path the directory that becomes the root; empty: the commit's own
   * @throws GitException when there is no such directory, or there are too many files
   */
  static GitTree read(Repository repository, ObjectId tree, String path) {
    try (ObjectReader reader = repository.newObjectReader()) {
      ObjectId root = path.isEmpty() ? tree : directory(reader, tree, path);
      return new GitTree(repository, entries(reader, root));
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the mirror is damaged: a commit cannot be read", e);
    }
  }

  private static ObjectId directory(ObjectReader reader, ObjectId tree, String path)
      throws IOException {
    try (TreeWalk walk = TreeWalk.forPath(reader, path, tree)) {
      if (walk == null || !FileMode.TREE.equals(walk.getRawMode(0))) {
        throw new GitException(Reason.REVISION_NOT_FOUND, "the commit has no directory " + path);
      }
      return walk.getObjectId(0);
    }
  }

  private static NavigableMap<String, Entry> entries(ObjectReader reader, ObjectId root)
      throws IOException {
    NavigableMap<String, Entry> entries = new TreeMap<>();
    try (TreeWalk walk = new TreeWalk(reader)) {
      walk.addTree(root);
      walk.setRecursive(true);
      while (walk.next()) {
        if (entries.size() >= MAX_ENTRIES) {
          throw new GitException(
              Reason.LIMIT_EXCEEDED, "the commit holds more than " + MAX_ENTRIES + " files");
        }
        Entry entry = entry(reader, walk);
        if (entries.put(entry.path(), entry) != null) {
          throw new GitException(
              Reason.RENDER_REFUSED, "two files of the commit have one name once read as text");
        }
      }
    }
    return entries;
  }

  private static Entry entry(ObjectReader reader, TreeWalk walk) throws IOException {
    ObjectId id = walk.getObjectId(0);
    Kind kind = kind(walk.getRawMode(0));
    long size = kind == Kind.SUBMODULE ? 0 : reader.getObjectSize(id, Constants.OBJ_BLOB);
    return new Entry(walk.getPathString(), kind, id.name(), size);
  }

  private static Kind kind(int mode) {
    return switch (mode & FileMode.TYPE_MASK) {
      case FileMode.TYPE_GITLINK -> Kind.SUBMODULE;
      case FileMode.TYPE_SYMLINK -> Kind.SYMLINK;
      default -> FileMode.EXECUTABLE_FILE.equals(mode) ? Kind.EXECUTABLE : Kind.FILE;
    };
  }

  @Override
  public List<Entry> list(String directory) {
    return directory.isEmpty()
        ? List.copyOf(entries.values())
        : List.copyOf(
            entries.subMap(directory + "/", true, directory + AFTER_SLASH, false).values());
  }

  @Override
  public Optional<Entry> entry(String path) {
    return Optional.ofNullable(entries.get(path));
  }

  @Override
  public byte[] read(Entry entry, long limit) {
    if (entry.kind() != Kind.FILE && entry.kind() != Kind.EXECUTABLE) {
      throw new GitException(
          Reason.LIMIT_EXCEEDED, entry.path() + " is a link, and links are not followed");
    }
    try (ObjectReader reader = repository.newObjectReader()) {
      ObjectLoader loader = reader.open(ObjectId.fromString(entry.contentId()), Constants.OBJ_BLOB);
      if (loader.getSize() > limit) {
        throw tooLarge(entry, limit);
      }
      byte[] bytes = loader.getBytes((int) Math.min(limit, Integer.MAX_VALUE - 9L));
      if (startsWith(bytes, LFS_POINTER)) {
        throw new GitException(
            Reason.RENDER_REFUSED, entry.path() + " is kept in Git LFS, which is not followed");
      }
      return bytes;
    } catch (LargeObjectException e) {
      throw tooLarge(entry, limit);
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the mirror is damaged: a file cannot be read", e);
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static GitException tooLarge(Entry entry, long limit) {
    return new GitException(
        Reason.LIMIT_EXCEEDED, entry.path() + " is larger than " + limit + " bytes");
  }
}
