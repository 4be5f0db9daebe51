package io.towline.agent.enroll;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.KeyAgreement;

/**
 * One X25519 identity of age: what is sealed to its recipient, this cluster alone can open. The
 * secret does not leave this class but to be kept. Immutable.
 *
 * <p>Source: C2SP, {@code age.md}, "the X25519 recipient type"; RFC 7748.
 */
public final class SealIdentity {
  private static final int BYTES = 32;
  private static final String ALGORITHM = "X25519";
  private static final String RECIPIENT = "age";
  private static final String SECRET = "age-secret-key-";
  private static final byte[] BASE = base();

  private final byte[] scalar;
  private final byte[] point;

  private SealIdentity(byte[] scalar) {
    this.scalar = scalar;
    this.point =
        agree(BASE).orElseThrow(() -> new IllegalStateException("the base point has small order"));
  }

  /** A new identity. */
  public static SealIdentity make(SecureRandom random) {
    byte[] scalar = new byte[BYTES];
    random.nextBytes(scalar);
    return new SealIdentity(scalar);
  }

  /**
   * An identity as {@code age-keygen} writes it: {@code AGE-SECRET-KEY-1...}.
   *
   * @throws IllegalArgumentException if it is none; the message holds nothing of it
   */
  public static SealIdentity parse(String text) {
    byte[] scalar = Bech32.decode(SECRET, text);
    if (scalar.length != BYTES) {
      throw new IllegalArgumentException("is not " + BYTES + " bytes long");
    }
    return new SealIdentity(scalar);
  }

  /** What people seal for: {@code age1...}, 62 characters. Public. */
  public String recipient() {
    return Bech32.encode(RECIPIENT, point);
  }

  /** The public key's 32 bytes. */
  public byte[] point() {
    return point.clone();
  }

  /**
   * The secret that this identity shares with the holder of another key.
   *
   * @param share the other one's public key, 32 bytes
   * @return empty if it is a point of small order, with which everybody shares the same secret
   */
  public Optional<byte[]> agree(byte[] share) {
    try {
      KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
      KeyAgreement agreement = KeyAgreement.getInstance(ALGORITHM);
      agreement.init(
          keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar)));
      agreement.doPhase(
          keys.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, coordinate(share))),
          true);
      return Optional.of(agreement.generateSecret());
    } catch (InvalidKeyException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has X25519", e);
    }
  }

  /** As {@link #parse} takes it. Secret. */
  String text() {
    return Bech32.encode(SECRET, scalar).toUpperCase(Locale.ROOT);
  }

  /** RFC 7748, section 5: little-endian, and the top bit does not count. */
  private static BigInteger coordinate(byte[] share) {
    byte[] bigEndian = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bigEndian[i] = share[BYTES - 1 - i];
    }
    bigEndian[0] &= 0x7f;
    return new BigInteger(1, bigEndian);
  }

  private static byte[] base() {
    byte[] base = new byte[BYTES];
    base[0] = 9;
    return base;
  }

  /** Shows what is public. */
  @Override
  public String toString() {
    return recipient();
  }
}
