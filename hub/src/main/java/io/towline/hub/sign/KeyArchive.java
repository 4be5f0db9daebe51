package io.towline.hub.sign;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * All that a hub keeps in {@code keys/}, in one file under a passphrase: what a new hub needs to go
 * on as the old one. The passphrase becomes a key by scrypt (RFC 7914), which seals with AES-256 in
 * GCM; the head of the file is authenticated too.
 */
public final class KeyArchive {
  private static final byte[] MAGIC = "TWLKEYS1".getBytes(StandardCharsets.US_ASCII);
  private static final int SALT_BYTES = 16;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** 128 MiB and about half a second for one guess. */
  private static final int SCRYPT_N = 1 << 17;

  private static final int SCRYPT_R = 8;
  private static final int SCRYPT_P = 1;
  private static final int KEY_BYTES = 32;

  private static final int MAX_FILES = 64;
  private static final int MAX_FILE_BYTES = 64 * 1024;

  /** The longest archive there can be. */
  public static final int MAX_BYTES = MAX_FILES * (MAX_FILE_BYTES + 256);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private KeyArchive() {}

  /**
   * Seals the keys of a data directory.
   *
   * @throws SignException if there are none, or one cannot be read
   */
  public static byte[] seal(Path dataDirectory, char[] passphrase, SecureRandom random) {
    byte[] head = Arrays.copyOf(MAGIC, MAGIC.length + SALT_BYTES + NONCE_BYTES);
    byte[] chance = new byte[SALT_BYTES + NONCE_BYTES];
    random.nextBytes(chance);
    System.arraycopy(chance, 0, head, MAGIC.length, chance.length);
    byte[] plain = pack(read(dataDirectory.resolve(HubKeys.DIRECTORY)));
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, head, passphrase).doFinal(plain);
      byte[] archive = Arrays.copyOf(head, head.length + sealed.length);
      System.arraycopy(sealed, 0, archive, head.length, sealed.length);
      return archive;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM", e);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  /**
   * Opens an archive into a data directory that has no keys yet.
   *
   * @return the names of the files that were written
   * @throws SignException if the passphrase is wrong, the archive changed, or there are keys
   */
  public static Iterable<String> open(byte[] archive, char[] passphrase, Path dataDirectory) {
    int headBytes = MAGIC.length + SALT_BYTES + NONCE_BYTES;
    if (archive.length <= headBytes
        || archive.length > MAX_BYTES
        || !Arrays.equals(MAGIC, Arrays.copyOf(archive, MAGIC.length))) {
      throw new SignException(Reason.INTERNAL, "that is not an archive of a hub's keys");
    }
    byte[] head = Arrays.copyOf(archive, headBytes);
    SortedMap<String, byte[]> files;
    try {
      files =
          unpack(
              cipher(Cipher.DECRYPT_MODE, head, passphrase)
                  .doFinal(archive, headBytes, archive.length - headBytes));
    } catch (GeneralSecurityException e) {
      throw new SignException(
          Reason.INTERNAL, "the archive cannot be opened: is that its passphrase?", e);
    }
    write(dataDirectory.resolve(HubKeys.DIRECTORY), files);
    return files.keySet();
  }

  private static Cipher cipher(int mode, byte[] head, char[] passphrase)
      throws GeneralSecurityException {
    byte[] salt = Arrays.copyOfRange(head, MAGIC.length, MAGIC.length + SALT_BYTES);
    byte[] nonce = Arrays.copyOfRange(head, MAGIC.length + SALT_BYTES, head.length);
    byte[] secret = new String(passphrase).getBytes(StandardCharsets.UTF_8);
    byte[] key = SCrypt.generate(secret, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P, KEY_BYTES);
    Arrays.fill(secret, (byte) 0);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(head);
    return cipher;
  }

  private static SortedMap<String, byte[]> read(Path keys) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(keys)) {
      for (Path file : all.toList()) {
        String name = String.valueOf(file.getFileName());
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && NAME.matcher(name).matches()
            && Files.size(file) <= MAX_FILE_BYTES) {
          files.put(name, Files.readAllBytes(file));
        }
      }
    } catch (IOException e) {
      throw new SignException(Reason.INTERNAL, keys + " cannot be read", e);
    }
    if (files.isEmpty() || files.size() > MAX_FILES) {
      throw new SignException(Reason.INTERNAL, keys + " does not hold the keys of a hub");
    }
    return files;
  }

  private static void write(Path keys, SortedMap<String, byte[]> files) {
    KeyFile.makeDirectory(keys);
    try (Stream<Path> all = Files.list(keys)) {
      if (all.findAny().isPresent()) {
        throw new SignException(Reason.INTERNAL, keys + " holds keys already: none is replaced");
      }
    } catch (IOException e) {
      throw new SignException(Reason.INTERNAL, keys + " cannot be read", e);
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = keys.resolve(file.getKey());
      try (var out =
          Files.newByteChannel(
              path,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        var bytes = ByteBuffer.wrap(file.getValue());
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      } catch (IOException e) {
        throw new SignException(Reason.INTERNAL, path + " cannot be written", e);
      }
    }
  }

  static byte[] pack(SortedMap<String, byte[]> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(files.size());
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        out.writeUTF(file.getKey());
        out.writeInt(file.getValue().length);
        out.write(file.getValue());
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  static SortedMap<String, byte[]> unpack(byte[] plain) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(plain))) {
      int count = in.readInt();
      for (int i = 0; i < count && i < MAX_FILES; i++) {
        String name = in.readUTF();
        int length = in.readInt();
        if (!NAME.matcher(name).matches() || length < 0 || length > MAX_FILE_BYTES) {
          throw new IOException("not a file of keys");
        }
        files.put(name, in.readNBytes(length));
      }
    } catch (IOException e) {
      throw new SignException(Reason.INTERNAL, "the archive is of another version", e);
    }
    return files;
  }
}
