package io.towline.envelope;

import java.util.Base64;
import java.util.Optional;

/** Base64 as DSSE allows it: standard or URL-safe, padding optional, one text for one value. */
final class Base64Text {
  private Base64Text() {}

  static String write(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** The bytes; empty if it is not base64, or if left-over bits of its last character are set. */
  static Optional<byte[]> read(String text) {
    String standard = text.replace('-', '+').replace('_', '/');
    try {
      byte[] bytes = Base64.getDecoder().decode(standard);
      String canonical = write(bytes);
      boolean same = standard.equals(canonical) || standard.equals(canonical.replace("=", ""));
      return same ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
