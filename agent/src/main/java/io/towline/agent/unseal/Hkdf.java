package io.towline.agent.unseal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with SHA-256 for keys of 32 bytes (RFC 5869). Pure. */
final class Hkdf {
  private static final String HMAC = "HmacSHA256";
  private static final int BYTES = 32;

  private Hkdf() {}

  /**
   * Extract and expand.
   *
   * @param salt may be empty
   */
  static byte[] key(byte[] input, byte[] salt, String info) {
    // Section 2.2: without a salt it is a string of zeros.
    byte[] extracted = hmac(salt.length == 0 ? new byte[BYTES] : salt, input);
    byte[] label = info.getBytes(StandardCharsets.US_ASCII);
    byte[] block = new byte[label.length + 1];
    System.arraycopy(label, 0, block, 0, label.length);
    block[label.length] = 1;
    return hmac(extracted, block);
  }

  /** HMAC with SHA-256. */
  static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + HMAC, e);
    }
  }
}
