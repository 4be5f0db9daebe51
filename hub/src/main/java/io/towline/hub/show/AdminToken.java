package io.towline.hub.show;

import io.towline.envelope.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The token of the hub's administrator: one that was given, or {@code admin-token} below the data
 * directory, made at the first start, readable by the hub's user alone. Never logged; in memory
 * only its digest is kept. Immutable.
 */
public final class AdminToken implements PeopleTokens {
  /** Where the hub keeps one that it made itself, below its data directory. */
  public static final String FILE = "admin-token";

  private static final int BYTES = 32;
  private static final int MIN_CHARACTERS = 16;

  private final byte[] digest;

  private AdminToken(String token) {
    this.digest = digestOf(token);
  }

  /**
   * Reads the token, or makes it where there is none.
   *
   * @throws IOException if the file cannot be read or written, or holds no token
   */
  public static AdminToken open(Path dataDirectory, SecureRandom random) throws IOException {
    Path file = dataDirectory.resolve(FILE);
    if (!Files.exists(file)) {
      Files.createDirectories(
          dataDirectory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      byte[] secret = new byte[BYTES];
      random.nextBytes(secret);
      write(file, Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }
    return read(file, "delete it, and the hub makes a new one");
  }

  /**
   * Reads a token that was given.
   *
   * @throws IOException if the file cannot be read, or holds less than 16 characters
   */
  public static AdminToken given(Path file) throws IOException {
    return read(file, "towline.show.admin-token-file needs one of at least 16 characters");
  }

  private static AdminToken read(Path file, String remedy) throws IOException {
    String token = Files.readString(file, StandardCharsets.UTF_8).strip();
    if (token.length() < MIN_CHARACTERS) {
      throw new IOException(file + " holds no token: " + remedy);
    }
    return new AdminToken(token);
  }

  @Override
  public boolean admits(String token) {
    return MessageDigest.isEqual(digest, digestOf(token));
  }

  private static byte[] digestOf(String token) {
    return Digest.of(token.getBytes(StandardCharsets.UTF_8)).bytes();
  }

  /** Whole or not at all; never over one that is there. */
  private static void write(Path file, String token) throws IOException {
    Path part =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            FILE,
            ".part",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(part, token + "\n");
    try {
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException e) {
      Files.delete(part);
    }
  }
}
