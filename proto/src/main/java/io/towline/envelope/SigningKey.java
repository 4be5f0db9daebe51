package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/**
 * A public Ed25519 key that is fit to trust. Loading it refuses what the platform lets pass: points
 * of small order, under which one signature fits many messages, and second spellings of a point.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8032#section-5.1">RFC 8032, section 5.1</a>
 */
public final class SigningKey {
  /** Bytes of a public key. */
  public static final int BYTES = 32;

  /** Bytes of a signature. */
  public static final int SIGNATURE_BYTES = 64;

  /** DER of a SubjectPublicKeyInfo with algorithm 1.3.101.112, up to the key itself. */
  private static final byte[] SPKI_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

  /**
   * The y of the eight points whose order divides eight: 1, -1, 0 and the two of order eight. With
   * either sign of x, and with x = 0 under the sign that it cannot have.
   */
  private static final Set<BigInteger> SMALL_ORDER =
      Set.of(
          BigInteger.ONE,
          P.subtract(BigInteger.ONE),
          BigInteger.ZERO,
          littleEndian("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
          littleEndian("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"));

  private final byte[] bytes;
  private final String id;
  private final PublicKey key;

  private SigningKey(byte[] bytes, String id, PublicKey key) {
    this.bytes = bytes;
    this.id = id;
    this.key = key;
  }

  /**
   * Loads a key from its 32 bytes.
   *
   * @throws VerificationException {@code RootInvalid} if it is not a point of the curve in its one
   *     spelling, or of small order
   */
  public static SigningKey of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw refuse("an Ed25519 key has 32 bytes");
    }
    byte[] yBytes = bytes.clone();
    yBytes[BYTES - 1] &= 0x7f;
    BigInteger y = littleEndian(HexFormat.of().formatHex(yBytes));
    if (y.compareTo(P) >= 0) {
      throw refuse("an Ed25519 key is not in its canonical spelling");
    }
    if (SMALL_ORDER.contains(y)) {
      throw refuse("an Ed25519 key is of small order");
    }
    if (!onCurve(y)) {
      throw refuse("an Ed25519 key is not a point of the curve");
    }
    byte[] spki = spki(bytes);
    try {
      PublicKey key =
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));
      return new SigningKey(bytes.clone(), Digest.of(spki).hex(), key);
    } catch (GeneralSecurityException e) {
      throw refuse("the platform refuses an Ed25519 key");
    }
  }

  /** SHA-256 of the SubjectPublicKeyInfo in lower-case hexadecimal digits. */
  public String id() {
    return id;
  }

  /** The key's 32 bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The key as a SubjectPublicKeyInfo, 44 bytes of DER. */
  public byte[] spki() {
    return spki(bytes);
  }

  /** Whether that is this key's signature. Whatever is wrong with it, the answer is no. */
  public boolean verifies(byte[] message, byte[] signature) {
    if (signature.length != SIGNATURE_BYTES) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      // The platform throws for S >= L and for points off the curve: not signed.
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SigningKey that && id.equals(that.id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return id;
  }

  /** Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a root: Euler's criterion. */
  private static boolean onCurve(BigInteger y) {
    BigInteger ySquared = y.multiply(y).mod(P);
    BigInteger numerator = ySquared.subtract(BigInteger.ONE).mod(P);
    BigInteger denominator = D.multiply(ySquared).add(BigInteger.ONE).mod(P);
    BigInteger xSquared = numerator.multiply(denominator.modInverse(P)).mod(P);
    BigInteger half = P.subtract(BigInteger.ONE).shiftRight(1);
    return xSquared.modPow(half, P).equals(BigInteger.ONE);
  }

  private static byte[] spki(byte[] key) {
    byte[] out = new byte[SPKI_HEAD.length + BYTES];
    System.arraycopy(SPKI_HEAD, 0, out, 0, SPKI_HEAD.length);
    System.arraycopy(key, 0, out, SPKI_HEAD.length, BYTES);
    return out;
  }

  private static BigInteger littleEndian(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static VerificationException refuse(String why) {
    return new VerificationException(Reason.ROOT_INVALID, why);
  }
}
