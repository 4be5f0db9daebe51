package io.towline.hub.sign;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/**
 * A private Ed25519 key in a file of its own: PKCS#8 in PEM, as openssl reads it (RFC 8410), sealed
 * with a passphrase where there is one (RFC 8018, PBES2).
 */
final class KeyFile {
  private static final String LABEL = "PRIVATE KEY";
  private static final String SEALED_LABEL = "ENCRYPTED PRIVATE KEY";
  private static final int MAX_BYTES = 4_096;

  /** DER of a PrivateKeyInfo of version 0 with algorithm 1.3.101.112, up to the seed. */
  private static final byte[] PKCS8_HEAD =
      HexFormat.of().parseHex("302e020100300506032b657004220420");

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private KeyFile() {}

  /** Makes a directory that only its owner can enter; one that exists is left as it is. */
  static void makeDirectory(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw unusable(directory, "cannot be made", e);
    }
  }

  /** Makes a key and writes it whole or not at all, readable by its owner alone. */
  static Ed25519PrivateKeyParameters create(Path file, SecureRandom random) {
    Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(random);
    write(file, pem(LABEL, der(key)));
    return key;
  }

  /** As {@link #create(Path, SecureRandom)}, sealed with a passphrase. */
  static Ed25519PrivateKeyParameters create(Path file, SecureRandom random, char[] passphrase) {
    Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(random);
    write(file, pem(SEALED_LABEL, SealedKey.seal(der(key), passphrase, random)));
    return key;
  }

  /** The key as a PrivateKeyInfo. */
  private static byte[] der(Ed25519PrivateKeyParameters key) {
    byte[] der =
        Arrays.copyOf(PKCS8_HEAD, PKCS8_HEAD.length + Ed25519PrivateKeyParameters.KEY_SIZE);
    System.arraycopy(
        key.getEncoded(), 0, der, PKCS8_HEAD.length, Ed25519PrivateKeyParameters.KEY_SIZE);
    return der;
  }

  /** DER as text between its two lines, 64 characters a line. */
  static String pem(String label, byte[] der) {
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    return "-----BEGIN "
        + label
        + "-----\n"
        + lines.encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** What stands between the two lines of that label; empty if that is not all there is. */
  static Optional<byte[]> der(String label, String pem) {
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    String text = pem.strip();
    if (!text.startsWith(begin) || !text.endsWith(end)) {
      return Optional.empty();
    }
    try {
      String body = text.substring(begin.length(), text.length() - end.length());
      return Optional.of(Base64.getMimeDecoder().decode(body));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** Writes a file of secrets whole or not at all, readable by its owner alone. */
  static void write(Path file, String text) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.deleteIfExists(part);
      try (FileChannel out =
          FileChannel.open(
              part,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw unusable(file, "cannot be written", e);
    }
  }

  /**
   * Reads a key.
   *
   * @throws SignException if it cannot be read, is not such a key, or others can read it
   */
  static Ed25519PrivateKeyParameters read(Path file) {
    return read(
        file,
        () -> {
          throw new SignException(Reason.INTERNAL, file + " is sealed with a passphrase");
        });
  }

  /**
   * Reads a key that may be sealed.
   *
   * @param passphrase asked only if it is
   */
  static Ed25519PrivateKeyParameters read(Path file, Supplier<char[]> passphrase) {
    try {
      Set<PosixFilePermission> granted =
          Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
      // The group is left to the operator: Kubernetes opens volumes to the pod's own group.
      if (granted.stream().anyMatch(OTHERS::contains)) {
        throw new SignException(
            Reason.INTERNAL, file + " is open to every user: run chmod 600 on it");
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new SignException(Reason.INTERNAL, file + " is too large for a key");
      }
      return parse(file, Files.readString(file, StandardCharsets.US_ASCII), passphrase);
    } catch (IOException e) {
      throw unusable(file, "cannot be read", e);
    }
  }

  private static Ed25519PrivateKeyParameters parse(
      Path file, String pem, Supplier<char[]> passphrase) {
    Optional<byte[]> sealed = der(SEALED_LABEL, pem);
    Optional<byte[]> der =
        sealed.isPresent()
            ? Optional.of(SealedKey.open(file, sealed.get(), passphrase.get()))
            : der(LABEL, pem);
    int size = PKCS8_HEAD.length + Ed25519PrivateKeyParameters.KEY_SIZE;
    return der.filter(bytes -> bytes.length == size)
        .filter(bytes -> Arrays.equals(PKCS8_HEAD, Arrays.copyOf(bytes, PKCS8_HEAD.length)))
        .map(bytes -> new Ed25519PrivateKeyParameters(bytes, PKCS8_HEAD.length))
        .orElseThrow(
            () ->
                new SignException(Reason.INTERNAL, file + " is not an Ed25519 key in PKCS#8 PEM"));
  }

  private static SignException unusable(Path file, String why, IOException cause) {
    return new SignException(Reason.INTERNAL, file + " " + why, cause);
  }
}
