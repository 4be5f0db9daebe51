package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.bcpg.SignatureSubpacketTags;
import org.bouncycastle.bcpg.sig.IssuerFingerprint;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPObjectFactory;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/**
 * A detached OpenPGP signature over bytes. Its packet is measured before the library reads it, so
 * that no length in it is believed.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9580#section-5.2">RFC 9580, section 5.2</a>
 */
final class OpenPgpSignature {
  private static final int SIGNATURE_PACKET = 2;

  /** What the hashed part of a signature may demand to be understood. */
  private static final Set<Integer> UNDERSTOOD =
      Set.of(
          SignatureSubpacketTags.CREATION_TIME,
          SignatureSubpacketTags.EXPIRE_TIME,
          SignatureSubpacketTags.ISSUER_KEY_ID,
          SignatureSubpacketTags.ISSUER_FINGERPRINT,
          SignatureSubpacketTags.SIGNER_USER_ID,
          SignatureSubpacketTags.POLICY_URL);

  private final PGPSignature signature;

  private OpenPgpSignature(PGPSignature signature) {
    this.signature = signature;
  }

  /**
   * Reads a signature; whose it is and whether it fits is not said yet.
   *
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it is not one well-formed signature of
   *     version 4 or 6 over bytes with SHA-2 or SHA-3
   */
  static OpenPgpSignature parse(byte[] armored) {
    byte[] packet = Armor.ofPgp(armored);
    requireOnePacket(packet);
    try {
      PGPObjectFactory objects = new PGPObjectFactory(packet, new BcKeyFingerprintCalculator());
      if (!(objects.nextObject() instanceof PGPSignatureList list) || list.size() != 1) {
        throw broken();
      }
      PGPSignature signature = list.get(0);
      if (signature.getSignatureType() != PGPSignature.BINARY_DOCUMENT) {
        throw invalid("has an OpenPGP signature that is not over its bytes");
      }
      if (!OpenPgpKey.isStrongHash(signature.getHashAlgorithm())) {
        throw invalid("has an OpenPGP signature with a weak hash; SHA-256 and longer count");
      }
      for (int critical : signature.getHashedSubPackets().getCriticalTags()) {
        if (!UNDERSTOOD.contains(critical)) {
          throw invalid("has an OpenPGP signature with a critical part that is not understood");
        }
      }
      return new OpenPgpSignature(signature);
    } catch (GitException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The library throws either for what is malformed.
      throw broken();
    }
  }

  /** Which of a signer's keys it says it was made by; empty if it is somebody else's. */
  Optional<PGPPublicKey> maker(OpenPgpKey of) {
    return of.maker(signature);
  }

  /** What it says of the key that made it, for people. */
  String claimedKey() {
    return issuer(signature)
        .orElseGet(
            () -> "of id " + HexFormat.of().withUpperCase().toHexDigits(signature.getKeyID()));
  }

  /** The fingerprint that a signature names, in upper case; older ones name a short id alone. */
  static Optional<String> issuer(PGPSignature signature) {
    IssuerFingerprint hashed = signature.getHashedSubPackets().getIssuerFingerprint();
    return hashed == null
        ? Optional.empty()
        : Optional.of(HexFormat.of().withUpperCase().formatHex(hashed.getFingerprint()));
  }

  /**
   * Returns if a key signed these bytes and the signature has not expired.
   *
   * @param now by the hub's clock
   * @throws GitException with COMMIT_SIGNATURE_INVALID when it did not
   */
  void verify(PGPPublicKey key, byte[] payload, Instant now) {
    boolean good;
    try {
      signature.init(new BcPGPContentVerifierBuilderProvider(), key);
      signature.update(payload);
      good = signature.verify();
    } catch (PGPException | RuntimeException e) {
      // The library throws either where numbers and points are out of range: not signed.
      good = false;
    }
    if (!good) {
      throw invalid("has a signature that does not fit it");
    }
    long seconds = signature.getHashedSubPackets().getSignatureExpirationTime();
    if (seconds > 0
        && !now.isBefore(signature.getCreationTime().toInstant().plusSeconds(seconds))) {
      throw invalid("has an OpenPGP signature that has expired");
    }
  }

  /** One signature packet of version 4 or 6 that ends where the bytes do. */
  private static void requireOnePacket(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int head = octet(in);
    boolean newForm = (head & 0x40) != 0;
    int tag = newForm ? head & 0x3f : (head >> 2) & 0x0f;
    if ((head & 0x80) == 0 || tag != SIGNATURE_PACKET) {
      throw broken();
    }
    long length = newForm ? newLength(in) : oldLength(in, head & 3);
    if (length != in.remaining()) {
      throw broken();
    }
    int version = octet(in);
    if (version != 4 && version != 6) {
      throw invalid("has an OpenPGP signature of version " + version + "; 4 and 6 count");
    }
    // Type, key algorithm and hash algorithm.
    skip(in, 3);
    for (int area = 0; area < 2; area++) {
      long size = version == 4 ? two(in) : number(in);
      if (size > in.remaining()) {
        throw broken();
      }
      requireSubpackets(in.slice(in.position(), (int) size));
      skip(in, size);
    }
  }

  private static void requireSubpackets(ByteBuffer area) {
    while (area.hasRemaining()) {
      int first = octet(area);
      long length =
          first < 192
              ? first
              : first < 255 ? ((first - 192L) << 8) + octet(area) + 192 : number(area);
      if (length < 1) {
        throw broken();
      }
      skip(area, length);
    }
  }

  private static long newLength(ByteBuffer in) {
    int first = octet(in);
    if (first < 192) {
      return first;
    }
    if (first < 224) {
      return ((first - 192L) << 8) + octet(in) + 192;
    }
    if (first == 255) {
      return number(in);
    }
    // In parts, which only data may be.
    throw broken();
  }

  private static long oldLength(ByteBuffer in, int kind) {
    return switch (kind) {
      case 0 -> octet(in);
      case 1 -> two(in);
      case 2 -> number(in);
      default -> throw broken();
    };
  }

  private static int octet(ByteBuffer in) {
    if (!in.hasRemaining()) {
      throw broken();
    }
    return in.get() & 0xff;
  }

  private static int two(ByteBuffer in) {
    int high = octet(in);
    return (high << 8) | octet(in);
  }

  private static long number(ByteBuffer in) {
    if (in.remaining() < Integer.BYTES) {
      throw broken();
    }
    return in.getInt() & 0xffff_ffffL;
  }

  private static void skip(ByteBuffer in, long length) {
    if (length > in.remaining()) {
      throw broken();
    }
    in.position(in.position() + (int) length);
  }

  private static GitException broken() {
    return invalid("has an OpenPGP signature that is not well-formed");
  }

  private static GitException invalid(String what) {
    return new GitException(Reason.COMMIT_SIGNATURE_INVALID, what);
  }
}
