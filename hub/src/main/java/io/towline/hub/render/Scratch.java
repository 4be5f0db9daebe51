package io.towline.hub.render;

import io.towline.hub.git.FileTree;
import io.towline.hub.git.FileTree.Entry;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A fresh directory for one build, which only the hub's user can enter and which is deleted with
 * all that is in it when it is closed. One thread.
 */
final class Scratch implements AutoCloseable {
  private static final String PREFIX = "render-";

  private final Path directory;

  private Scratch(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes one below a directory of the hub's own, with a name that nobody can guess.
   *
   * @throws IOException if it cannot be made
   */
  static Scratch below(Path root) throws IOException {
    Files.createDirectories(root);
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    return new Scratch(Files.createTempDirectory(root, PREFIX, ownerOnly));
  }

  /**
   * Deletes what builds left behind that were killed together with the hub. No build may be running
   * below this root. Idempotent.
   */
  static void sweep(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    List<Path> left;
    try (Stream<Path> entries = Files.list(root)) {
      left = entries.filter(p -> p.getFileName().toString().startsWith(PREFIX)).toList();
    }
    for (Path path : left) {
      delete(path);
    }
  }

  Path directory() {
    return directory;
  }

  /** An empty directory in it. */
  Path make(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  /**
   * Writes files of a commit below a directory in it, under the paths that they have there.
   *
   * @param mostPerFile bytes of one file
   * @throws io.towline.hub.git.GitException with LIMIT_EXCEEDED if a file is larger
   * @throws IOException if a path is not a plain one, or a file cannot be written
   */
  static void write(Path below, FileTree tree, Collection<Entry> files, long mostPerFile)
      throws IOException {
    Set<Path> made = new HashSet<>();
    for (Entry entry : files) {
      Path target = below.resolve(entry.path()).normalize();
      boolean plain = target.startsWith(below) && target.equals(below.resolve(entry.path()));
      if (!plain || target.equals(below)) {
        throw new IOException("not a plain path in a commit");
      }
      Path parent = target.getParent();
      if (parent != null && made.add(parent)) {
        Files.createDirectories(parent);
      }
      Files.write(target, tree.read(entry, mostPerFile), StandardOpenOption.CREATE_NEW);
    }
  }

  @Override
  public void close() throws IOException {
    delete(directory);
  }

  /** Does not follow links. */
  private static void delete(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException error)
              throws IOException {
            if (error != null) {
              throw error;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
