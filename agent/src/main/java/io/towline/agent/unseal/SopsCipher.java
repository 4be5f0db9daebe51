package io.towline.agent.unseal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Decrypts single values of a SOPS document: AES-256-GCM, with the path of the value as additional
 * data, so that a value cannot be moved. Immutable.
 *
 * <p>Source: SOPS 3, {@code aes/cipher.go}.
 */
final class SopsCipher {
  /** Bytes of a document's data key. */
  static final int KEY_BYTES = 32;

  private static final Pattern VALUE =
      Pattern.compile("ENC\\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z]+)\\]");
  private static final int TAG_BYTES = 16;

  /** SOPS writes 32; Go and Java take others as well. */
  private static final int MOST_IV_BYTES = 64;

  private final SecretKeySpec key;

  SopsCipher(byte[] key) {
    this.key = new SecretKeySpec(key, "AES");
  }

  /** A decrypted value. Nobody may change its bytes. */
  static final class Value {
    private final String type;
    private final byte[] bytes;

    Value(String type, byte[] bytes) {
      this.type = type;
      this.bytes = bytes;
    }

    /** As written: {@code str}, {@code int}, ... */
    String type() {
      return type;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  /** Whether a text has the form of an encrypted value. */
  static boolean isValue(String text) {
    return VALUE.matcher(text).matches();
  }

  /**
   * The value; empty if it is not what was encrypted there with this key.
   *
   * @param additionalData the value's keys, each followed by a colon
   */
  Optional<Value> decrypt(String text, String additionalData) {
    Matcher parts = VALUE.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      byte[] data = Base64.getDecoder().decode(parts.group(1));
      byte[] iv = Base64.getDecoder().decode(parts.group(2));
      byte[] tag = Base64.getDecoder().decode(parts.group(3));
      if (tag.length != TAG_BYTES || iv.length == 0 || iv.length > MOST_IV_BYTES) {
        return Optional.empty();
      }
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, iv));
      cipher.updateAAD(additionalData.getBytes(StandardCharsets.UTF_8));
      byte[] sealed = new byte[data.length + tag.length];
      System.arraycopy(data, 0, sealed, 0, data.length);
      System.arraycopy(tag, 0, sealed, data.length, tag.length);
      return Optional.of(new Value(parts.group(4), cipher.doFinal(sealed)));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      return Optional.empty();
    }
  }
}
