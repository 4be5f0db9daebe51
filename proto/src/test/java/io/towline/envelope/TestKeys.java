package io.towline.envelope;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.EdDSAParameterSpec;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A key pair whose seed is known. For tests only. */
final class TestKeys {
  /** RFC 8032, section 5.1: L. */
  private static final BigInteger GROUP_ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private final PrivateKey secret;
  private final SigningKey key;

  private TestKeys(PrivateKey secret, SigningKey key) {
    this.secret = secret;
    this.key = key;
  }

  static TestKeys ofSeed(long seed) {
    byte[] bytes = new byte[32];
    new Random(seed).nextBytes(bytes);
    try {
      PrivateKey secret =
          KeyFactory.getInstance("Ed25519")
              .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, bytes));
      // The platform has no way from a seed to its public key but to generate from that seed.
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, new Fixed(bytes));
      byte[] spki = generator.generateKeyPair().getPublic().getEncoded();
      return new TestKeys(
          secret, SigningKey.of(Arrays.copyOfRange(spki, spki.length - 32, spki.length)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  SigningKey key() {
    return key;
  }

  String id() {
    return key.id();
  }

  byte[] signRaw(byte[] message) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(secret);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ed25519ph: over the digest of the message, as RFC 8032 has it beside the pure form. */
  byte[] signPrehashed(byte[] message) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.setParameter(new EdDSAParameterSpec(true));
      signer.initSign(secret);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same signature with the order of the group added to its second half. */
  static byte[] malleated(byte[] signature) {
    byte[] out = signature.clone();
    byte[] half = reversed(Arrays.copyOfRange(signature, 32, 64));
    byte[] more = reversed(new BigInteger(1, half).add(GROUP_ORDER).toByteArray());
    System.arraycopy(more, 0, out, 32, 32);
    return out;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] out = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      out[i] = bytes[bytes.length - 1 - i];
    }
    return out;
  }

  Dsse.Signature sign(String payloadType, byte[] payload) {
    return Dsse.Signature.of(id(), signRaw(Dsse.pae(payloadType, payload)));
  }

  static byte[] envelope(String payloadType, byte[] payload, TestKeys... keys) {
    List<Dsse.Signature> signatures =
        Arrays.stream(keys).map(key -> key.sign(payloadType, payload)).toList();
    return new Dsse(payloadType, payload, signatures).write();
  }

  /** Random bytes that are not random. */
  private static final class Fixed extends SecureRandom {
    private final byte[] bytes;

    Fixed(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    @Override
    public void nextBytes(byte[] out) {
      System.arraycopy(bytes, 0, out, 0, Math.min(out.length, bytes.length));
    }
  }
}
