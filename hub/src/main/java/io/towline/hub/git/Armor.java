package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;

/** Takes signatures out of their armor: one block, and nothing before or after it. */
final class Armor {
  /** A signature has some hundred bytes; with notations and a large key some thousand. */
  static final int MAX_BYTES = 64 * 1024;

  private Armor() {}

  /**
   * The bytes of a signature of OpenSSH, which has no headers and no checksum.
   *
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it is anything else than one block
   */
  static byte[] ofSsh(byte[] armored) {
    Iterator<String> lines = lines(armored);
    expect(lines, "-----BEGIN SSH SIGNATURE-----");
    return body(lines, "-----END SSH SIGNATURE-----", false);
  }

  /**
   * The bytes of an OpenPGP signature; headers and checksum say nothing that counts (RFC 9580,
   * section 6).
   *
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it is anything else than one block
   */
  static byte[] ofPgp(byte[] armored) {
    Iterator<String> lines = lines(armored);
    expect(lines, "-----BEGIN PGP SIGNATURE-----");
    while (lines.hasNext()) {
      String header = lines.next();
      if (header.isEmpty()) {
        return body(lines, "-----END PGP SIGNATURE-----", true);
      }
      if (!header.contains(": ")) {
        throw broken();
      }
    }
    throw broken();
  }

  private static byte[] body(Iterator<String> lines, String end, boolean checksum) {
    StringBuilder base64 = new StringBuilder();
    boolean ended = false;
    boolean checked = false;
    while (lines.hasNext() && !ended) {
      String line = lines.next();
      if (line.equals(end)) {
        ended = true;
      } else if (checked) {
        throw broken();
      } else if (checksum && line.length() == 5 && line.charAt(0) == '=') {
        checked = true;
      } else {
        base64.append(line);
      }
    }
    while (lines.hasNext()) {
      if (!lines.next().isEmpty()) {
        throw broken();
      }
    }
    if (!ended) {
      throw broken();
    }
    try {
      return Base64.getDecoder().decode(base64.toString());
    } catch (IllegalArgumentException e) {
      throw broken();
    }
  }

  private static Iterator<String> lines(byte[] armored) {
    if (armored.length > MAX_BYTES) {
      throw broken();
    }
    // Every byte is one character here, so that none is lost; Base64 refuses what is not ASCII.
    List<String> lines =
        new String(armored, StandardCharsets.ISO_8859_1)
            .lines()
            .map(line -> line.stripTrailing())
            .toList();
    return lines.iterator();
  }

  private static void expect(Iterator<String> lines, String line) {
    if (!lines.hasNext() || !lines.next().equals(line)) {
      throw broken();
    }
  }

  private static GitException broken() {
    return new GitException(
        Reason.COMMIT_SIGNATURE_INVALID, "has a signature whose armor is broken");
  }
}
