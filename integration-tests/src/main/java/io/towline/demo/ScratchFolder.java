package io.towline.demo;

import io.towline.testkit.Checkout;
import io.towline.testkit.Folders;
import io.towline.testkit.ProcessRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that holds everything of one run of the demo. Each run begins with an empty one; a
 * folder that the demo did not make is never emptied, and two runs never share one.
 */
final class ScratchFolder implements AutoCloseable {

  /** Environment variable that names another folder than the one in the checkout. */
  static final String VARIABLE = "TOWLINE_RUN_DIR";

  private static final String MARKER = ".towline-demo";

  private final Path path;
  private final FileChannel marker;
  private final FileLock lock;

  private ScratchFolder(Path path, FileChannel marker, FileLock lock) {
    this.path = path;
    this.marker = marker;
    this.lock = lock;
  }

  /** The folder named in the environment, or {@code .run/demo} of the checkout. */
  static Path chosen() {
    String named = System.getenv(VARIABLE);
    Path path =
        named == null || named.isBlank() ? Checkout.root().resolve(".run/demo") : Path.of(named);
    return path.toAbsolutePath().normalize();
  }

  /**
   * Takes a folder for one run: ends what a killed run left there, and empties it.
   *
   * @throws CannotRun if the folder is somebody else's or in use
   */
  static ScratchFolder take(Path path) {
    try {
      Files.createDirectories(path);
      if (!Files.exists(path.resolve(MARKER)) && !isEmpty(path)) {
        throw new CannotRun(
            path + " holds files that are not the demo's; name another folder in " + VARIABLE);
      }
      FileChannel marker =
          FileChannel.open(
              path.resolve(MARKER), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = lock(marker);
      if (lock == null) {
        marker.close();
        throw new CannotRun(
            "another run uses "
                + path
                + "; end it by Ctrl-C, or name another folder in "
                + VARIABLE);
      }
      ProcessRecord.endLeftovers(path);
      Folders.empty(path, MARKER);
      return new ScratchFolder(path, marker, lock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }

  private static @Nullable FileLock lock(FileChannel marker) throws IOException {
    try {
      return marker.tryLock();
    } catch (OverlappingFileLockException heldByThisJvm) {
      return null;
    }
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  @Override
  public void close() {
    try {
      lock.release();
      marker.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
