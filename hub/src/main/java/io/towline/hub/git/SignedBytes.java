package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A commit or tag taken apart into its signature and what was signed. Immutable: nobody may change
 * the arrays.
 *
 * @see <a href="https://git-scm.com/docs/signature-format">Git's signature format</a>
 */
final class SignedBytes {
  /** Every header that holds a signature begins so, as {@code gpgsig-sha256} does. */
  private static final byte[] HEADER = ascii("gpgsig");

  private static final byte[] SSH_BEGIN = ascii("-----BEGIN SSH SIGNATURE-----");
  private static final byte[] PGP_BEGIN = ascii("-----BEGIN PGP SIGNATURE-----");
  private static final byte[] OLD_PGP_BEGIN = ascii("-----BEGIN PGP MESSAGE-----");

  private final byte[] payload;
  private final byte[] signature;

  private SignedBytes(byte[] payload, byte[] signature) {
    this.payload = payload;
    this.signature = signature;
  }

  /** What was signed. */
  byte[] payload() {
    return payload;
  }

  /** The signature in its armor. */
  byte[] signature() {
    return signature;
  }

  boolean isSsh() {
    return startsWith(signature, 0, SSH_BEGIN);
  }

  /**
   * Takes a commit apart: the signature is the header {@code gpgsig}, of which there is at most
   * one, and everything else was signed.
   *
   * @param raw as Git hashes it, without the object's own header
   * @return empty if it has no signature
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it has two, or one that is kept where
   *     only other versions of Git look
   */
  static Optional<SignedBytes> ofCommit(byte[] raw) {
    ByteArrayOutputStream payload = new ByteArrayOutputStream(raw.length);
    ByteArrayOutputStream signature = new ByteArrayOutputStream();
    int headers = 0;
    boolean within = false;
    int at = 0;
    while (at < raw.length && raw[at] != '\n') {
      int next = nextLine(raw, at);
      if (startsWith(raw, at, HEADER)) {
        headers++;
        within = true;
        int value = at + HEADER.length;
        if (headers > 1 || value >= next || raw[value] != ' ') {
          throw invalid("has more than one signature header");
        }
        signature.write(raw, value + 1, next - value - 1);
      } else if (within && raw[at] == ' ') {
        signature.write(raw, at + 1, next - at - 1);
      } else {
        within = false;
        payload.write(raw, at, next - at);
      }
      at = next;
    }
    payload.write(raw, at, raw.length - at);
    return headers == 0
        ? Optional.empty()
        : Optional.of(new SignedBytes(payload.toByteArray(), signature.toByteArray()));
  }

  /**
   * Takes an annotated tag apart: the signature stands at the end of its message, and everything
   * before it was signed.
   *
   * @param raw as Git hashes it, without the object's own header
   * @return empty if it has no signature
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it has two
   */
  static Optional<SignedBytes> ofTag(byte[] raw) {
    boolean message = false;
    int found = -1;
    for (int at = 0; at < raw.length; at = nextLine(raw, at)) {
      if (!message) {
        message = raw[at] == '\n';
        if (startsWith(raw, at, HEADER)) {
          throw invalid("has a signature in a header, where tags have none");
        }
      } else if (isBegin(raw, at)) {
        if (found >= 0) {
          throw invalid("has more than one signature");
        }
        found = at;
      }
    }
    return found < 0
        ? Optional.empty()
        : Optional.of(
            new SignedBytes(Arrays.copyOf(raw, found), Arrays.copyOfRange(raw, found, raw.length)));
  }

  private static boolean isBegin(byte[] raw, int at) {
    return startsWith(raw, at, SSH_BEGIN)
        || startsWith(raw, at, PGP_BEGIN)
        || startsWith(raw, at, OLD_PGP_BEGIN);
  }

  private static int nextLine(byte[] raw, int at) {
    int end = at;
    while (end < raw.length && raw[end] != '\n') {
      end++;
    }
    return Math.min(end + 1, raw.length);
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
    return bytes.length - at >= prefix.length
        && Arrays.equals(bytes, at, at + prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static GitException invalid(String what) {
    return new GitException(Reason.COMMIT_SIGNATURE_INVALID, what);
  }
}
