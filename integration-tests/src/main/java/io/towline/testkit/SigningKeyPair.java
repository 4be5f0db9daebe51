package io.towline.testkit;

import io.towline.envelope.Dsse;
import io.towline.envelope.SigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Arrays;

/** An Ed25519 key pair of the Java platform that signs envelopes and roots. Thread-safe. */
public final class SigningKeyPair {

  private final PrivateKey secret;
  private final SigningKey key;

  private SigningKeyPair(PrivateKey secret, SigningKey key) {
    this.secret = secret;
    this.key = key;
  }

  /** A new one that nobody trusts yet. */
  public static SigningKeyPair generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      byte[] spki = pair.getPublic().getEncoded();
      byte[] point = Arrays.copyOfRange(spki, spki.length - SigningKey.BYTES, spki.length);
      return new SigningKeyPair(pair.getPrivate(), SigningKey.of(point));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM makes no Ed25519 keys", e);
    }
  }

  /** The public half. */
  public SigningKey key() {
    return key;
  }

  /** A signature over a payload and its type, as DSSE wants it. */
  public Dsse.Signature sign(String payloadType, byte[] payload) {
    return Dsse.Signature.of(key.id(), signRaw(Dsse.pae(payloadType, payload)));
  }

  /** A signature over exactly these bytes. */
  public byte[] signRaw(byte[] message) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(secret);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM does not sign with Ed25519", e);
    }
  }
}
