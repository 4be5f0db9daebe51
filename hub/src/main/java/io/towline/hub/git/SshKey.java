package io.towline.hub.git;

import io.towline.envelope.SigningKey;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;

/**
 * A public key of OpenSSH of a kind that is strong enough to count. Certificates, DSA and what
 * hashes with SHA-1 are not.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4253#section-6.6">RFC 4253, section 6.6</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5656#section-3.1">RFC 5656, section 3.1</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8332#section-3">RFC 8332, section 3</a>
 * @see <a
 *     href="https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.u2f">PROTOCOL.u2f</a>
 */
sealed interface SshKey {
  /** Fewer bits of an RSA modulus are not strong enough. */
  int MIN_RSA_BITS = 2048;

  /** More bits of an RSA modulus only cost time; OpenSSH's own limit. */
  int MAX_RSA_BITS = 16_384;

  /** Bits of an RSA exponent that anybody uses. */
  int MAX_RSA_EXPONENT_BITS = 32;

  /** Set by a security key when somebody touched it. */
  int USER_PRESENT = 1;

  /** Ed25519. */
  record Ed25519(SigningKey key) implements SshKey {}

  /** ECDSA over one of NIST's curves. */
  record Ecdsa(Curve curve, PublicKey key) implements SshKey {}

  /** RSA of a sound size. */
  record Rsa(PublicKey key, int bytes) implements SshKey {}

  /**
   * A key that never leaves a FIDO device.
   *
   * @param type of OpenSSH
   * @param application that the device keeps it for, as {@code ssh:}
   */
  record SecurityKey(String type, SshKey key, String application) implements SshKey {}

  /** NIST's curves, by their names in SSH and in Java. */
  enum Curve {
    P256("nistp256", "secp256r1", "SHA256withECDSAinP1363Format", 32),
    P384("nistp384", "secp384r1", "SHA384withECDSAinP1363Format", 48),
    P521("nistp521", "secp521r1", "SHA512withECDSAinP1363Format", 66);

    final String name;
    final String standardName;
    final String algorithm;
    final int bytes;

    Curve(String name, String standardName, String algorithm, int bytes) {
      this.name = name;
      this.standardName = standardName;
      this.algorithm = algorithm;
      this.bytes = bytes;
    }

    String type() {
      return "ecdsa-sha2-" + name;
    }
  }

  /**
   * Reads a key.
   *
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it is malformed, weak, or of another
   *     kind
   */
  static SshKey parse(byte[] blob) {
    SshWire wire = new SshWire(blob);
    String type = wire.text();
    SshKey key =
        switch (type) {
          case "ssh-ed25519" -> ed25519(wire);
          case "ecdsa-sha2-nistp256" -> ecdsa(Curve.P256, wire);
          case "ecdsa-sha2-nistp384" -> ecdsa(Curve.P384, wire);
          case "ecdsa-sha2-nistp521" -> ecdsa(Curve.P521, wire);
          case "ssh-rsa" -> rsa(wire);
          case "sk-ssh-ed25519@openssh.com" -> new SecurityKey(type, ed25519(wire), wire.text());
          case "sk-ecdsa-sha2-nistp256@openssh.com" ->
              new SecurityKey(type, ecdsa(Curve.P256, wire), wire.text());
          default ->
              throw invalid(
                  "is signed with a kind of SSH key that does not count: Ed25519, ECDSA, RSA and"
                      + " security keys do, certificates do not");
        };
    wire.end();
    return key;
  }

  private static SshKey ed25519(SshWire wire) {
    try {
      return new Ed25519(SigningKey.of(wire.string()));
    } catch (VerificationException e) {
      throw invalid("is signed with an Ed25519 key that is not sound");
    }
  }

  private static SshKey ecdsa(Curve curve, SshWire wire) {
    String name = wire.text();
    byte[] point = wire.string();
    if (!name.equals(curve.name) || point.length != 1 + 2 * curve.bytes || point[0] != 4) {
      throw invalid("is signed with an ECDSA key that is not sound");
    }
    BigInteger x = new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + curve.bytes));
    BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, 1 + curve.bytes, point.length));
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve.standardName));
      ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
      if (!isOn(spec.getCurve(), x, y)) {
        throw invalid("is signed with an ECDSA key that is not sound");
      }
      return new Ecdsa(
          curve,
          KeyFactory.getInstance("EC")
              .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), spec)));
    } catch (GeneralSecurityException e) {
      throw invalid("is signed with an ECDSA key that is not sound");
    }
  }

  /** Whether y^2 = x^3 + ax + b, with both coordinates in their one spelling. */
  private static boolean isOn(EllipticCurve curve, BigInteger x, BigInteger y) {
    BigInteger p = ((ECFieldFp) curve.getField()).getP();
    BigInteger right = x.pow(3).add(curve.getA().multiply(x)).add(curve.getB()).mod(p);
    return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).mod(p).equals(right);
  }

  private static SshKey rsa(SshWire wire) {
    BigInteger exponent = wire.positive();
    BigInteger modulus = wire.positive();
    int bits = modulus.bitLength();
    if (bits < MIN_RSA_BITS) {
      throw invalid(
          "is signed with an RSA key of " + bits + " bits; at least " + MIN_RSA_BITS + " count");
    }
    if (bits > MAX_RSA_BITS
        || exponent.bitLength() > MAX_RSA_EXPONENT_BITS
        || exponent.compareTo(BigInteger.TWO) <= 0
        || !exponent.testBit(0)
        || !modulus.testBit(0)) {
      throw invalid("is signed with an RSA key that is not sound");
    }
    try {
      return new Rsa(
          KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent)),
          (bits + 7) / 8);
    } catch (GeneralSecurityException e) {
      throw invalid("is signed with an RSA key that is not sound");
    }
  }

  /**
   * Returns if it signed the message.
   *
   * @param signature as SSH writes it, with the name of its algorithm
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it did not
   */
  default void verify(byte[] message, byte[] signature) {
    SshWire wire = new SshWire(signature);
    String algorithm = wire.text();
    boolean good =
        switch (this) {
          case Ed25519 ed25519 -> {
            requireAlgorithm(algorithm, "ssh-ed25519");
            byte[] raw = wire.string();
            wire.end();
            yield ed25519.key().verifies(message, raw);
          }
          case Ecdsa ecdsa -> {
            requireAlgorithm(algorithm, ecdsa.curve().type());
            byte[] raw = wire.string();
            wire.end();
            yield verifyEcdsa(ecdsa, message, raw);
          }
          case Rsa rsa -> {
            byte[] raw = wire.string();
            wire.end();
            yield verifyRsa(rsa, algorithm, message, raw);
          }
          case SecurityKey device -> {
            requireAlgorithm(algorithm, device.type());
            byte[] raw = wire.string();
            int flags = wire.octet();
            byte[] counter = wire.raw(Integer.BYTES);
            wire.end();
            yield verifyDevice(device, flags, counter, message, raw);
          }
        };
    if (!good) {
      throw invalid("has a signature that does not fit it");
    }
  }

  private static boolean verifyDevice(
      SecurityKey device, int flags, byte[] counter, byte[] message, byte[] raw) {
    if ((flags & USER_PRESENT) == 0) {
      throw invalid("is signed by a security key that nobody touched");
    }
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes(
        SshSignature.digest("SHA-256", device.application().getBytes(StandardCharsets.US_ASCII)));
    signed.write(flags);
    signed.writeBytes(counter);
    signed.writeBytes(SshSignature.digest("SHA-256", message));
    return switch (device.key()) {
      case Ed25519(SigningKey key) -> key.verifies(signed.toByteArray(), raw);
      case Ecdsa ecdsa -> verifyEcdsa(ecdsa, signed.toByteArray(), raw);
      case Rsa rsa -> false;
      case SecurityKey nested -> false;
    };
  }

  private static boolean verifyEcdsa(Ecdsa ecdsa, byte[] message, byte[] raw) {
    SshWire wire = new SshWire(raw);
    byte[] r = wire.positive().toByteArray();
    byte[] s = wire.positive().toByteArray();
    wire.end();
    int length = ecdsa.curve().bytes;
    byte[] joined = new byte[2 * length];
    return rightAlign(r, joined, 0, length)
        && rightAlign(s, joined, length, length)
        && verify(ecdsa.curve().algorithm, ecdsa.key(), message, joined);
  }

  private static boolean verifyRsa(Rsa rsa, String algorithm, byte[] message, byte[] raw) {
    String name =
        switch (algorithm) {
          case "rsa-sha2-256" -> "SHA256withRSA";
          case "rsa-sha2-512" -> "SHA512withRSA";
          default -> throw invalid("has an RSA signature that is not made with SHA-256 or SHA-512");
        };
    byte[] full = new byte[rsa.bytes()];
    return rightAlign(raw, full, 0, rsa.bytes()) && verify(name, rsa.key(), message, full);
  }

  /** Writes a number to the right end of a field; false if it does not fit. */
  private static boolean rightAlign(byte[] number, byte[] into, int at, int length) {
    int skip = number.length == length + 1 && number[0] == 0 ? 1 : 0;
    int size = number.length - skip;
    if (size > length) {
      return false;
    }
    System.arraycopy(number, skip, into, at + length - size, size);
    return true;
  }

  private static boolean verify(String algorithm, PublicKey key, byte[] message, byte[] raw) {
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(raw);
    } catch (GeneralSecurityException e) {
      // The platform throws where numbers are out of range: not signed.
      return false;
    }
  }

  private static void requireAlgorithm(String algorithm, String wanted) {
    if (!algorithm.equals(wanted)) {
      throw invalid("has an SSH signature of another kind than its key");
    }
  }

  private static GitException invalid(String what) {
    return new GitException(Reason.COMMIT_SIGNATURE_INVALID, what);
  }
}
