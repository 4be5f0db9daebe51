package io.towline.hub.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Everything that the hub keeps with the embedded database, for this process alone until it is
 * closed: two hubs that sign with one key would contradict each other.
 */
final class DataDirectory implements AutoCloseable {
  private static final String LOCK = "hub.lock";
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final Path path;
  private final FileChannel channel;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Takes a directory, and makes it where there is none.
   *
   * @throws IllegalStateException that names the property, if the path is relative, if others can
   *     look into the directory, or if another hub uses it
   */
  static DataDirectory take(Path path) {
    if (!path.isAbsolute()) {
      throw new IllegalStateException(
          "towline.data-dir (TOWLINE_DATA_DIR) is " + path + ": it has to be an absolute path");
    }
    try {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      if (permissions.stream().anyMatch(OTHERS::contains)) {
        throw new IllegalStateException(
            "towline.data-dir (TOWLINE_DATA_DIR) "
                + path
                + " is open to others ("
                + PosixFilePermissions.toString(permissions)
                + "), and holds keys: chmod 700 it");
      }
      FileChannel channel =
          FileChannel.open(
              path.resolve(LOCK),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      if (!lock(channel)) {
        channel.close();
        throw new IllegalStateException(
            "towline.data-dir (TOWLINE_DATA_DIR) " + path + " is in use by another hub");
      }
      return new DataDirectory(path, channel);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "towline.data-dir (TOWLINE_DATA_DIR) " + path + " cannot be used", e);
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Where it is. */
  Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
