package io.towline.hub.sign;

import io.towline.envelope.Dsse;
import io.towline.envelope.SigningKey;
import io.towline.vocabulary.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Supplier;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * A key that a person keeps in a file: it signs roots, and envelopes of clusters whose role asks
 * for more than the hub. Immutable and thread-safe; the secret never leaves it.
 */
public final class OfflineKey {
  private final Ed25519PrivateKeyParameters secret;
  private final SigningKey key;

  private OfflineKey(Ed25519PrivateKeyParameters secret) {
    this.secret = secret;
    this.key = SigningKey.of(secret.generatePublicKey().getEncoded());
  }

  /**
   * Makes a key in a new file that its owner alone can read.
   *
   * @param passphrase seals it; empty: the file alone protects it
   * @throws SignException if the file exists, or cannot be written
   */
  public static OfflineKey generate(Path file, SecureRandom random, Optional<char[]> passphrase) {
    if (Files.exists(file)) {
      throw new SignException(Reason.INTERNAL, file + " exists: a key is never overwritten");
    }
    return new OfflineKey(
        passphrase.isPresent()
            ? KeyFile.create(file, random, passphrase.get())
            : KeyFile.create(file, random));
  }

  /**
   * Reads a key.
   *
   * @param passphrase asked only if the key is sealed
   * @throws SignException if it is not a key, others can read it, or the passphrase is wrong
   */
  public static OfflineKey read(Path file, Supplier<char[]> passphrase) {
    return new OfflineKey(KeyFile.read(file, passphrase));
  }

  /** The public half. */
  public SigningKey key() {
    return key;
  }

  /** This key's signature over an envelope's type and payload. */
  public Dsse.Signature sign(Dsse envelope) {
    byte[] message = envelope.pae();
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, secret);
    signer.update(message, 0, message.length);
    byte[] signature = signer.generateSignature();
    // By the platform's own implementation, which is the one that agents verify with.
    if (!key.verifies(message, signature)) {
      throw new SignException(Reason.SIGNATURE_INVALID, "the signature just made does not verify");
    }
    return Dsse.Signature.of(key.id(), signature);
  }
}
