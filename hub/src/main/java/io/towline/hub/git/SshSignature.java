package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * A signature as {@code ssh-keygen -Y sign} makes it, for Git and nothing else.
 *
 * @see <a
 *     href="https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig">PROTOCOL.sshsig</a>
 */
final class SshSignature {
  private static final byte[] MAGIC = ascii("SSHSIG");
  private static final int VERSION = 1;
  private static final String NAMESPACE = "git";

  private final byte[] key;
  private final String hash;
  private final byte[] signature;

  private SshSignature(byte[] key, String hash, byte[] signature) {
    this.key = key;
    this.hash = hash;
    this.signature = signature;
  }

  /**
   * Reads a signature; whose it is and whether it fits is not said yet.
   *
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it is not well-formed, or made for
   *     something else than Git
   */
  static SshSignature parse(byte[] armored) {
    SshWire wire = new SshWire(Armor.ofSsh(armored));
    if (!Arrays.equals(wire.raw(MAGIC.length), MAGIC) || wire.number() != VERSION) {
      throw invalid("has an SSH signature of an unknown version");
    }
    byte[] key = wire.string();
    String namespace = wire.text();
    byte[] reserved = wire.string();
    String hash = wire.text();
    byte[] signature = wire.string();
    wire.end();
    if (!namespace.equals(NAMESPACE)) {
      throw invalid("has an SSH signature that was made for something else than Git");
    }
    if (reserved.length > 0 || !(hash.equals("sha256") || hash.equals("sha512"))) {
      throw invalid("has an SSH signature with an unknown hash or extension");
    }
    return new SshSignature(key, hash, signature);
  }

  /** Of the key that it says it was made with: {@code SHA256:} and 43 characters. */
  String fingerprint() {
    return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest("SHA-256", key));
  }

  /**
   * Returns if the key that it carries signed these bytes.
   *
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it did not, or is too weak
   */
  void verify(byte[] payload) {
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes(MAGIC);
    SshWire.put(signed, ascii(NAMESPACE));
    SshWire.put(signed, new byte[0]);
    SshWire.put(signed, ascii(hash));
    SshWire.put(signed, digest(hash.equals("sha256") ? "SHA-256" : "SHA-512", payload));
    SshKey.parse(key).verify(signed.toByteArray(), signature);
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static GitException invalid(String what) {
    return new GitException(Reason.COMMIT_SIGNATURE_INVALID, what);
  }
}
