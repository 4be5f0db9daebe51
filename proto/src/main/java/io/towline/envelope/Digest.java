package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 digest.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) implements Comparable<Digest> {
  /** Bytes of a digest. */
  public static final int BYTES = 32;

  public Digest {
    if (!isHex(hex)) {
      throw new IllegalArgumentException("a SHA-256 digest has 64 lower-case hexadecimal digits");
    }
  }

  /** The digest of those bytes. */
  public static Digest of(byte[] bytes) {
    return ofHash(hasher().digest(bytes));
  }

  /** The digest that consists of these 32 bytes, as a {@link #hasher()} gives them. */
  public static Digest ofHash(byte[] hash) {
    return new Digest(HexFormat.of().formatHex(hash));
  }

  /**
   * Reads a digest.
   *
   * @throws VerificationException {@code StatementMalformed} unless it is 64 lower-case hexadecimal
   *     digits
   */
  public static Digest parse(String hex) {
    if (!isHex(hex)) {
      throw new VerificationException(
          Reason.STATEMENT_MALFORMED, "a SHA-256 digest has 64 lower-case hexadecimal digits");
    }
    return new Digest(hex);
  }

  /** For hashing while streaming. */
  public static MessageDigest hasher() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The 32 bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  /** The first twelve digits, for people. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }

  static boolean isHex(String text) {
    if (text.length() != 2 * BYTES) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        return false;
      }
    }
    return true;
  }
}
