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
import java.util.Set;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/** A private Ed25519 key in a file of its own: PKCS#8 in PEM, as openssl reads it (RFC 8410). */
final class KeyFile {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
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
    byte[] der =
        Arrays.copyOf(PKCS8_HEAD, PKCS8_HEAD.length + Ed25519PrivateKeyParameters.KEY_SIZE);
    System.arraycopy(
        key.getEncoded(), 0, der, PKCS8_HEAD.length, Ed25519PrivateKeyParameters.KEY_SIZE);
    String pem = BEGIN + "\n" + Base64.getEncoder().encodeToString(der) + "\n" + END + "\n";
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.deleteIfExists(part);
      try (FileChannel out =
          FileChannel.open(
              part,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer bytes = ByteBuffer.wrap(pem.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return key;
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
      return parse(file, Files.readString(file, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw unusable(file, "cannot be read", e);
    }
  }

  private static Ed25519PrivateKeyParameters parse(Path file, String pem) {
    String text = pem.strip();
    if (text.startsWith(BEGIN) && text.endsWith(END)) {
      String body = text.substring(BEGIN.length(), text.length() - END.length()).strip();
      try {
        byte[] der = Base64.getDecoder().decode(body);
        int size = PKCS8_HEAD.length + Ed25519PrivateKeyParameters.KEY_SIZE;
        if (der.length == size
            && Arrays.equals(PKCS8_HEAD, Arrays.copyOf(der, PKCS8_HEAD.length))) {
          return new Ed25519PrivateKeyParameters(der, PKCS8_HEAD.length);
        }
      } catch (IllegalArgumentException e) {
        // Refused below, without a word of the content.
      }
    }
    throw new SignException(Reason.INTERNAL, file + " is not an Ed25519 key in PKCS#8 PEM");
  }

  private static SignException unusable(Path file, String why, IOException cause) {
    return new SignException(Reason.INTERNAL, file + " " + why, cause);
  }
}
