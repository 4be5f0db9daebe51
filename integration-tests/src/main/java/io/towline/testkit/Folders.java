package io.towline.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Copies and removes folders. Links are removed and not followed. */
public final class Folders {
  private Folders() {}

  /** Copies a folder with all that is in it to a place where nothing is. */
  public static void copy(Path folder, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path one : all.toList()) {
        Path target = to.resolve(folder.relativize(one).toString());
        if (Files.isDirectory(one)) {
          Files.createDirectories(target);
        } else {
          Files.copy(one, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  /** How many bytes the files below a place have, or the file at it. */
  public static long bytes(Path place) {
    try (Stream<Path> all = Files.walk(place)) {
      return all.map(Path::toFile).filter(File::isFile).mapToLong(File::length).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a folder with all that is in it. */
  public static void delete(Path folder) throws IOException {
    deleteBut(folder, Set.of());
  }

  /** Deletes all that is in a folder, except the entry of that name directly in it. */
  public static void empty(Path folder, String kept) throws IOException {
    deleteBut(folder, Set.of(folder, folder.resolve(kept)));
  }

  private static void deleteBut(Path folder, Set<Path> kept) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            return delete(file);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            return delete(visited);
          }

          private FileVisitResult delete(Path path) throws IOException {
            if (!kept.contains(path)) {
              Files.delete(path);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
