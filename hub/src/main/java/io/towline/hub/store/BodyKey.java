package io.towline.hub.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals what the database holds of rendered objects, so that a copy of the database alone shows no
 * Secret. AES-256-GCM with a random nonce; the name under which a body is kept is bound in as
 * associated data, so that two bodies cannot be exchanged. Thread-safe.
 */
public final class BodyKey {
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final byte VERSION = 1;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final SecretKeySpec key;
  private final SecureRandom random;

  private BodyKey(byte[] key, SecureRandom random) {
    this.key = new SecretKeySpec(key, "AES");
    this.random = random;
  }

  /**
   * Reads the key of a data directory, and makes it where there is none yet. Its file is {@code
   * keys/body.key}, readable by its owner alone.
   *
   * @throws IllegalStateException if the file is readable by others or is not a key
   */
  public static BodyKey below(Path dataDirectory, SecureRandom random) {
    Path file = dataDirectory.resolve("keys").resolve("body.key");
    try {
      Files.createDirectories(
          file.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      byte[] fresh = new byte[KEY_BYTES];
      random.nextBytes(fresh);
      try (var channel =
          Files.newByteChannel(
              file,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
        channel.write(ByteBuffer.wrap(fresh));
      } catch (FileAlreadyExistsException e) {
        return new BodyKey(read(file), random);
      }
      return new BodyKey(fresh, random);
    } catch (IOException e) {
      throw new UncheckedIOException("The key of the bodies cannot be kept at " + file, e);
    }
  }

  private static byte[] read(Path file) throws IOException {
    if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
      throw new IllegalStateException(
          "The key " + file + " can be read by others; make it mode 0600");
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length != KEY_BYTES) {
      throw new IllegalStateException("The key " + file + " is damaged");
    }
    return bytes;
  }

  /** Seals {@code plain} under a name; every call gives other bytes. */
  byte[] seal(String name, byte[] plain) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, name);
      byte[] sealed = new byte[1 + NONCE_BYTES + cipher.getOutputSize(plain.length)];
      sealed[0] = VERSION;
      System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
      cipher.doFinal(plain, 0, plain.length, sealed, 1 + NONCE_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not available", e);
    }
  }

  /**
   * Opens what {@link #seal} made under the same name.
   *
   * @throws StoreException if it was changed, was sealed under another name, or by another key
   */
  byte[] open(String name, byte[] sealed) {
    try {
      if (sealed.length <= 1 + NONCE_BYTES || sealed[0] != VERSION) {
        throw new GeneralSecurityException("unknown form");
      }
      byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, nonce, name)
          .doFinal(sealed, 1 + NONCE_BYTES, sealed.length - 1 - NONCE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new StoreException(
          "A body of the database cannot be opened with this data directory's key", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, String name) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(name.getBytes(StandardCharsets.US_ASCII));
    return cipher;
  }
}
