package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.bcpg.ECPublicBCPGKey;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.SignatureSubpacketTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPPublicKeyRingCollection;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;
import org.jspecify.annotations.Nullable;

/**
 * An OpenPGP key with its subkeys, as its owner last certified them: what was revoked, has expired
 * or may not sign is not good. Asks no key server and no key ring of the machine. Immutable.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9580#section-10.1">RFC 9580, section 10.1</a>
 */
final class OpenPgpKey {
  /** Fewer bits of an RSA modulus are not strong enough, more only cost time. */
  private static final int MIN_RSA_BITS = 2048;

  private static final int MAX_RSA_BITS = 16_384;

  /** The algorithms whose collisions nobody finds. */
  private static final Set<Integer> STRONG_HASHES =
      Set.of(
          HashAlgorithmTags.SHA256,
          HashAlgorithmTags.SHA384,
          HashAlgorithmTags.SHA512,
          HashAlgorithmTags.SHA3_256,
          HashAlgorithmTags.SHA3_512);

  /** NIST's curves, which ECDSA may use. */
  private static final Set<String> CURVES =
      Set.of("1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35");

  private final PGPPublicKeyRing ring;
  private final PGPPublicKey primary;

  private OpenPgpKey(PGPPublicKeyRing ring) {
    this.ring = ring;
    this.primary = ring.getPublicKey();
  }

  /**
   * Reads the key of a signer as it is now.
   *
   * @throws GitException with KEY_NOT_TRUSTED when there is no public key of that fingerprint
   */
  static OpenPgpKey read(Signer.OpenPgp signer) {
    byte[] material = signer.material().read();
    if (material.length > Signer.MAX_KEY_BYTES) {
      throw unreadable("it has more than " + Signer.MAX_KEY_BYTES + " bytes", null);
    }
    try {
      for (PGPPublicKeyRing ring :
          new PGPPublicKeyRingCollection(
              PGPUtil.getDecoderStream(new ByteArrayInputStream(material)),
              new BcKeyFingerprintCalculator())) {
        if (fingerprint(ring.getPublicKey()).equals(signer.fingerprint())) {
          return new OpenPgpKey(ring);
        }
      }
    } catch (IOException | PGPException e) {
      throw unreadable("it is no armored OpenPGP public key", e);
    } catch (RuntimeException e) {
      // The library throws these too for what is malformed.
      throw unreadable("it is no armored OpenPGP public key", e);
    }
    throw unreadable("it holds no OpenPGP public key with the fingerprint of the signer", null);
  }

  /** The primary key or the subkey that says it made a signature; empty if it is another key's. */
  Optional<PGPPublicKey> maker(PGPSignature signature) {
    Optional<String> issuer = OpenPgpSignature.issuer(signature);
    for (PGPPublicKey key : ring) {
      boolean same =
          issuer
              .map(fingerprint(key)::equals)
              .orElseGet(() -> key.getKeyID() == signature.getKeyID());
      if (same) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }

  /**
   * Refuses a key that is weak, revoked, expired, or not for signing.
   *
   * @param key of this ring
   * @param now by the hub's clock
   * @throws GitException with KEY_NOT_TRUSTED, or COMMIT_SIGNATURE_INVALID when it is weak
   */
  void requireGood(PGPPublicKey key, Instant now) {
    requireStrong(key);
    if (isRevoked()) {
      throw notTrusted("is signed by an OpenPGP key that its owner revoked");
    }
    PGPSignature own =
        newest(ownCertifications(now))
            .orElseThrow(
                () ->
                    notTrusted(
                        "is signed by an OpenPGP key that does not certify itself with SHA-2"));
    requireAlive(primary, own, now);
    if (isPrimary(key)) {
      if (own.getHashedSubPackets().hasSubpacket(SignatureSubpacketTags.KEY_FLAGS)
          && !maySign(own)) {
        throw notTrusted("is signed by an OpenPGP key that is not for signing");
      }
      return;
    }
    if (key.getSignaturesOfType(PGPSignature.SUBKEY_REVOCATION).hasNext()) {
      throw notTrusted("is signed by an OpenPGP subkey that its owner revoked");
    }
    PGPSignature binding =
        newest(bindings(key, now))
            .orElseThrow(
                () -> notTrusted("is signed by an OpenPGP subkey that is not bound for signing"));
    requireAlive(key, binding, now);
  }

  /** Whoever put a revocation beside the key meant that it should not be used, and why is moot. */
  private boolean isRevoked() {
    return primary.getSignaturesOfType(PGPSignature.KEY_REVOCATION).hasNext();
  }

  private boolean isPrimary(PGPPublicKey key) {
    return fingerprint(key).equals(fingerprint(primary));
  }

  private static void requireAlive(PGPPublicKey key, PGPSignature by, Instant now) {
    long seconds = by.getHashedSubPackets().getKeyExpirationTime();
    Instant made = key.getCreationTime().toInstant();
    if (now.isBefore(made)) {
      throw notTrusted("is signed by an OpenPGP key that is made only at " + made);
    }
    if (seconds > 0 && !now.isBefore(made.plusSeconds(seconds))) {
      throw notTrusted("is signed by an OpenPGP key that expired at " + made.plusSeconds(seconds));
    }
  }

  /** What the primary key says of itself, directly or with a user's name. */
  private List<PGPSignature> ownCertifications(Instant now) {
    List<PGPSignature> own = new ArrayList<>();
    for (Iterator<PGPSignature> all = primary.getKeySignatures(); all.hasNext(); ) {
      PGPSignature signature = all.next();
      if (signature.getSignatureType() == PGPSignature.DIRECT_KEY
          && isSound(signature, now)
          && holds(signature, primary, () -> signature.verifyCertification(primary))) {
        own.add(signature);
      }
    }
    for (Iterator<byte[]> users = primary.getRawUserIDs(); users.hasNext(); ) {
      own.addAll(certifications(users.next(), now));
    }
    return own;
  }

  private List<PGPSignature> certifications(byte[] user, Instant now) {
    List<PGPSignature> good = new ArrayList<>();
    for (Iterator<PGPSignature> all = primary.getSignaturesForID(user); all.hasNext(); ) {
      PGPSignature signature = all.next();
      boolean revokes = signature.getSignatureType() == PGPSignature.CERTIFICATION_REVOCATION;
      if ((signature.isCertification() || revokes)
          && signature.getKeyID() == primary.getKeyID()
          && isSound(signature, now)
          && holds(signature, primary, () -> signature.verifyCertification(user, primary))) {
        if (revokes) {
          return List.of();
        }
        good.add(signature);
      }
    }
    return good;
  }

  /** What binds a subkey to the primary key for signing; the subkey has to agree (0x19). */
  private List<PGPSignature> bindings(PGPPublicKey subkey, Instant now) {
    List<PGPSignature> good = new ArrayList<>();
    Iterator<PGPSignature> all = subkey.getSignaturesOfType(PGPSignature.SUBKEY_BINDING);
    while (all.hasNext()) {
      PGPSignature binding = all.next();
      if (isSound(binding, now)
          && maySign(binding)
          && holds(binding, primary, () -> binding.verifyCertification(primary, subkey))
          && subkeyAgrees(binding, subkey, now)) {
        good.add(binding);
      }
    }
    return good;
  }

  private boolean subkeyAgrees(PGPSignature binding, PGPPublicKey subkey, Instant now) {
    try {
      PGPSignatureList embedded = binding.getHashedSubPackets().getEmbeddedSignatures();
      PGPSignatureList loose = binding.getUnhashedSubPackets().getEmbeddedSignatures();
      List<PGPSignature> signatures = new ArrayList<>();
      embedded.forEach(signatures::add);
      loose.forEach(signatures::add);
      return signatures.stream()
          .filter(one -> one.getSignatureType() == PGPSignature.PRIMARYKEY_BINDING)
          .filter(one -> isSound(one, now))
          .anyMatch(one -> holds(one, subkey, () -> one.verifyCertification(primary, subkey)));
    } catch (PGPException e) {
      return false;
    }
  }

  private static Optional<PGPSignature> newest(List<PGPSignature> signatures) {
    return signatures.stream()
        .max(Comparator.comparing((PGPSignature one) -> one.getCreationTime().toInstant()));
  }

  private static boolean isSound(PGPSignature signature, Instant now) {
    return isStrongHash(signature.getHashAlgorithm())
        && signature.getVersion() >= 4
        && !signature.getCreationTime().toInstant().isAfter(now);
  }

  private static boolean maySign(PGPSignature by) {
    return (by.getHashedSubPackets().getKeyFlags() & KeyFlags.SIGN_DATA) != 0;
  }

  @FunctionalInterface
  private interface Check {
    boolean holds() throws PGPException;
  }

  private static boolean holds(PGPSignature signature, PGPPublicKey by, Check check) {
    try {
      signature.init(new BcPGPContentVerifierBuilderProvider(), by);
      return check.holds();
    } catch (PGPException e) {
      return false;
    } catch (RuntimeException e) {
      // The library throws these too for numbers and points that are out of range.
      return false;
    }
  }

  static boolean isStrongHash(int algorithm) {
    return STRONG_HASHES.contains(algorithm);
  }

  private static void requireStrong(PGPPublicKey key) {
    boolean strong =
        switch (key.getAlgorithm()) {
          case PublicKeyAlgorithmTags.RSA_GENERAL ->
              key.getBitStrength() >= MIN_RSA_BITS && key.getBitStrength() <= MAX_RSA_BITS;
          case PublicKeyAlgorithmTags.EDDSA_LEGACY, PublicKeyAlgorithmTags.Ed25519 -> true;
          case PublicKeyAlgorithmTags.ECDSA ->
              key.getPublicKeyPacket().getKey() instanceof ECPublicBCPGKey point
                  && CURVES.contains(point.getCurveOID().getId());
          default -> false;
        };
    if (!strong) {
      throw new GitException(
          Reason.COMMIT_SIGNATURE_INVALID,
          "is signed with an OpenPGP key of a kind or size that does not count: Ed25519, ECDSA over"
              + " NIST's curves, and RSA of at least "
              + MIN_RSA_BITS
              + " bits do");
    }
  }

  /** In upper-case hexadecimal digits. */
  static String fingerprint(PGPPublicKey key) {
    return HexFormat.of().withUpperCase().formatHex(key.getFingerprint());
  }

  private static GitException notTrusted(String what) {
    return new GitException(Reason.KEY_NOT_TRUSTED, what);
  }

  private static GitException unreadable(String why, @Nullable Exception e) {
    return e == null
        ? new GitException(Reason.KEY_NOT_TRUSTED, why)
        : new GitException(Reason.KEY_NOT_TRUSTED, why, e);
  }
}
