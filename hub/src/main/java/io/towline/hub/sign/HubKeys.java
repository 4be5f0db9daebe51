package io.towline.hub.sign;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.KeyRole;
import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.envelope.TrustedRoot;
import io.towline.vocabulary.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * The hub's two keys, below {@code keys/} of its data directory. {@code envelope.key} signs
 * envelopes and has to be there. {@code root.key} signs roots; once root 1 is made it can be moved
 * to where the hub cannot reach it. Immutable and thread-safe; the keys never leave it.
 */
public final class HubKeys {
  /** The directory of the keys below the data directory. */
  public static final String DIRECTORY = "keys";

  /** How long a root that the hub makes is valid. */
  public static final Duration ROOT_LIFE = Duration.ofDays(180);

  /** How many days an envelope may live under a root that the hub makes: its key is online. */
  public static final int MAX_LIFETIME_DAYS = 7;

  private static final String ROOT_FILE = "root.key";
  private static final String ENVELOPE_FILE = "envelope.key";

  private final Optional<Ed25519PrivateKeyParameters> root;
  private final Ed25519PrivateKeyParameters envelope;
  private final SigningKey envelopeKey;

  private HubKeys(
      Optional<Ed25519PrivateKeyParameters> root, Ed25519PrivateKeyParameters envelope) {
    this.root = root;
    this.envelope = envelope;
    this.envelopeKey = publicKey(envelope);
  }

  /**
   * Opens the keys, and makes both where there is neither: at the first start.
   *
   * @throws SignException if a key is readable by everyone or not a key, or if the envelope key is
   *     gone while the root key is there: a new one would be trusted by no agent
   */
  public static HubKeys open(Path dataDirectory, SecureRandom random) {
    Path directory = dataDirectory.resolve(DIRECTORY);
    Path rootFile = directory.resolve(ROOT_FILE);
    Path envelopeFile = directory.resolve(ENVELOPE_FILE);
    KeyFile.makeDirectory(directory);
    if (!Files.exists(envelopeFile) && !Files.exists(rootFile)) {
      // The root key last: while it is missing no root can have been made of these two.
      KeyFile.create(envelopeFile, random);
      KeyFile.create(rootFile, random);
    }
    if (!Files.exists(envelopeFile)) {
      throw new SignException(
          Reason.INTERNAL, envelopeFile + " is missing: restore it from a backup");
    }
    Optional<Ed25519PrivateKeyParameters> root =
        Files.exists(rootFile) ? Optional.of(KeyFile.read(rootFile)) : Optional.empty();
    return new HubKeys(root, KeyFile.read(envelopeFile));
  }

  /** The public half of the key that signs envelopes. */
  public SigningKey envelopeKey() {
    return envelopeKey;
  }

  /**
   * Root version 1 of a new fleet: epoch 1, the root key alone for roots, the envelope key alone
   * for the envelopes of all clusters. Keep it: made again it is another document, and agents pin
   * the first.
   *
   * @throws SignException if the root key is not here
   */
  public TrustedRoot firstRoot(UUID fleet, Instant now) {
    Ed25519PrivateKeyParameters secret =
        root.orElseThrow(
            () -> new SignException(Reason.INTERNAL, ROOT_FILE + " is needed to make root 1"));
    SigningKey rootKey = publicKey(secret);
    RootDocument document =
        new RootDocument(
            fleet,
            1,
            1,
            now,
            now.plus(ROOT_LIFE),
            Map.of(rootKey.id(), rootKey, envelopeKey.id(), envelopeKey),
            new KeyRole(List.of(rootKey.id()), 1),
            List.of(
                new EnvelopeRole(
                    "all",
                    List.of(EnvelopeRole.ALL_OTHERS),
                    new KeyRole(List.of(envelopeKey.id()), 1),
                    MAX_LIFETIME_DAYS)));
    byte[] payload = document.bytes();
    Dsse.Signature signature =
        Dsse.Signature.of(rootKey.id(), sign(secret, Dsse.pae(RootDocument.PAYLOAD_TYPE, payload)));
    byte[] dsse = new Dsse(RootDocument.PAYLOAD_TYPE, payload, List.of(signature)).write();
    // Also checks the signature just made.
    return RootChain.pinned(dsse, Digest.of(payload));
  }

  /** Signs with the envelope key. */
  Dsse.Signature signEnvelope(byte[] message) {
    return Dsse.Signature.of(envelopeKey.id(), sign(envelope, message));
  }

  private static byte[] sign(Ed25519PrivateKeyParameters secret, byte[] message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, secret);
    signer.update(message, 0, message.length);
    return signer.generateSignature();
  }

  private static SigningKey publicKey(Ed25519PrivateKeyParameters secret) {
    return SigningKey.of(secret.generatePublicKey().getEncoded());
  }
}
