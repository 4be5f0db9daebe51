package io.towline.agent.enroll;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Small files that are whole or absent. A write goes to a temporary file, is made durable, takes
 * the old one's place in one step, and the directory is made durable after it; a crash at any point
 * leaves the old file or the new one. Each file carries its own name, its length and a SHA-256 over
 * all of it, so that a torn, changed or swapped file is told from a good one.
 *
 * <p>A file is two lines of text and the payload: {@code towline-state 1 NAME LENGTH}, then the
 * hexadecimal SHA-256 of that first line (without its end) followed by the payload.
 *
 * <p>One process owns the directory: {@link #open} takes a lock that ends with the process. Safe
 * for use by many threads as long as each file has one writer.
 */
public final class DurableFiles implements AutoCloseable {
  /** No state file is larger; bodies are kept elsewhere. The signed envelope is the largest. */
  public static final int MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

  private static final String MAGIC = "towline-state";
  private static final int FORMAT = 1;
  private static final int MAX_HEADER_BYTES = 256;
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,99}");
  private static final String TEMPORARY = ".tmp";

  private final Disk disk;
  private final Path root;
  private final FileChannel lockChannel;

  private DurableFiles(Disk disk, Path root, FileChannel lockChannel) {
    this.disk = disk;
    this.root = root;
    this.lockChannel = lockChannel;
  }

  /**
   * Takes possession of a directory and creates it if need be.
   *
   * @throws StateException if it cannot be created or written, or another process owns it
   */
  public static DurableFiles open(Disk disk, Path root) {
    try {
      disk.createDirectories(root);
      FileChannel channel =
          FileChannel.open(
              root.resolve("lock"), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      if (!owns(channel)) {
        channel.close();
        throw new StateException(
            Reason.STATE_NOT_STORED, "another process uses the state directory " + root);
      }
      return new DurableFiles(disk, root, channel);
    } catch (IOException e) {
      throw new StateException(
          Reason.STATE_NOT_STORED, "the state directory " + root + " cannot be used", e);
    }
  }

  private static boolean owns(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** The disk that the files lie on. */
  public Disk disk() {
    return disk;
  }

  /** The directory; what lies in it below names that this class does not write is not its own. */
  public Path root() {
    return root;
  }

  /**
   * Stores a file; on return it survives a loss of power. Idempotent.
   *
   * @param name at most 100 lower-case letters, digits, dots and dashes
   * @throws StateException if it could not be stored; the old one is then still there
   */
  public void write(String name, byte[] payload) {
    Path file = file(name);
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(name + " is larger than " + MAX_PAYLOAD_BYTES);
    }
    byte[] first = firstLine(name, payload.length).getBytes(StandardCharsets.US_ASCII);
    String checksum = HexFormat.of().formatHex(checksum(first, payload, 0));
    Path temporary = root.resolve(name + TEMPORARY);
    try {
      try (OutputStream out = disk.open(temporary, false)) {
        out.write(first);
        out.write(("\n" + checksum + "\n").getBytes(StandardCharsets.US_ASCII));
        out.write(payload);
      }
      disk.force(temporary);
      disk.rename(temporary, file);
      disk.forceDirectory(root);
    } catch (IOException e) {
      throw new StateException(Reason.STATE_NOT_STORED, "the file " + file + " is not stored", e);
    }
  }

  /**
   * What was stored under the name; empty if nothing was.
   *
   * @throws StateException with {@link Reason#TRUST_STATE_LOST} if the file is torn, changed, of
   *     another name or of a newer format; with {@link Reason#STATE_NOT_STORED} if it cannot be
   *     read
   */
  public Optional<byte[]> read(String name) {
    Path file = file(name);
    byte[] all;
    try {
      if (Files.size(file) > MAX_PAYLOAD_BYTES + MAX_HEADER_BYTES) {
        throw damaged(file, "is too large");
      }
      all = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new StateException(Reason.STATE_NOT_STORED, "the file " + file + " cannot be read", e);
    }
    int firstEnd = lineEnd(all, 0);
    int secondEnd = firstEnd < 0 ? -1 : lineEnd(all, firstEnd + 1);
    if (secondEnd < 0) {
      throw damaged(file, "has no whole header");
    }
    String first = new String(all, 0, firstEnd, StandardCharsets.US_ASCII);
    if (first.startsWith(MAGIC + " ") && !first.startsWith(MAGIC + " " + FORMAT + " ")) {
      throw damaged(file, "is of a format that this version does not know");
    }
    int start = secondEnd + 1;
    if (!first.equals(firstLine(name, all.length - start))) {
      throw damaged(file, "is not the file that was written here, or not all of it");
    }
    String written =
        new String(all, firstEnd + 1, secondEnd - firstEnd - 1, StandardCharsets.US_ASCII);
    byte[] firstBytes = Arrays.copyOf(all, firstEnd);
    if (!written.equals(HexFormat.of().formatHex(checksum(firstBytes, all, start)))) {
      throw damaged(file, "has another checksum than it was written with");
    }
    return Optional.of(Arrays.copyOfRange(all, start, all.length));
  }

  /**
   * Removes a file for good; nothing happens if there is none.
   *
   * @throws StateException if it could not be removed
   */
  public void delete(String name) {
    Path file = file(name);
    try {
      disk.delete(file);
      disk.forceDirectory(root);
    } catch (IOException e) {
      throw new StateException(Reason.STATE_NOT_STORED, "the file " + file + " is not removed", e);
    }
  }

  /**
   * Removes every file whose name begins so, but for one; what a crash left of them too. A file
   * that cannot be removed stays until the next call.
   */
  public void deleteAllBut(String prefix, String kept) {
    List<Path> gone = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, prefix + "*")) {
      for (Path file : all) {
        if (!file.equals(file(kept))) {
          gone.add(file);
        }
      }
      for (Path file : gone) {
        disk.delete(file);
      }
    } catch (IOException e) {
      throw new StateException(
          Reason.STATE_NOT_STORED, "old files below " + root + " are not removed", e);
    }
  }

  /** Gives the directory up. What was written stays. */
  @Override
  public void close() {
    try {
      lockChannel.close();
    } catch (IOException e) {
      throw new StateException(
          Reason.STATE_NOT_STORED, "the lock of " + root + " could not be given up", e);
    }
  }

  private Path file(String name) {
    if (!NAME.matcher(name).matches() || name.endsWith(TEMPORARY) || name.equals("lock")) {
      throw new IllegalArgumentException("not a name of a state file: " + name);
    }
    return root.resolve(name);
  }

  private static String firstLine(String name, int length) {
    return MAGIC + " " + FORMAT + " " + name + " " + length;
  }

  private static int lineEnd(byte[] bytes, int from) {
    int limit = Math.min(bytes.length, MAX_HEADER_BYTES);
    for (int i = from; i < limit; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static byte[] checksum(byte[] firstLine, byte[] bytes, int from) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(firstLine);
      digest.update(bytes, from, bytes.length - from);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static StateException damaged(Path file, String what) {
    return new StateException(Reason.TRUST_STATE_LOST, "the file " + file + " " + what);
  }
}
