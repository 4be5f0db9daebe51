package io.towline.agent.enroll;

import io.towline.envelope.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;

/**
 * The agent's P-256 key, made in the cluster. Nothing but its public half and proofs of it ever
 * leaves the state directory. Immutable.
 */
public final class AgentKey {
  private static final int MAX_BYTES = 1_024;

  /** CertificationRequestInfo up to its key: version 0 and an empty subject. */
  private static final byte[] VERSION_AND_SUBJECT = HexFormat.of().parseHex("0201003000");

  private static final byte[] NO_ATTRIBUTES = HexFormat.of().parseHex("a000");

  private final PrivateKey secret;
  private final byte[] publicInfo;

  private AgentKey(PrivateKey secret, byte[] publicInfo) {
    this.secret = secret;
    this.publicInfo = publicInfo;
  }

  /** A new one. */
  public static AgentKey generate(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      return new AgentKey(pair.getPrivate(), pair.getPublic().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }

  /** For the TLS handshake. */
  public PrivateKey secret() {
    return secret;
  }

  /** SHA-256 of the SubjectPublicKeyInfo. */
  public Digest digest() {
    return Digest.of(publicInfo);
  }

  /**
   * A PKCS#10 request (RFC 2986) for this key, in DER: no subject and no attributes, since the hub
   * says itself what stands in the certificate.
   */
  public byte[] certificateRequest() {
    return signed(Der.element(Der.SEQUENCE, VERSION_AND_SUBJECT, publicInfo, NO_ATTRIBUTES));
  }

  /** SubjectPublicKeyInfo in DER. */
  public byte[] publicInfo() {
    return publicInfo.clone();
  }

  /**
   * What a request and a certificate are: a content, how it was signed, and the signature, in DER.
   *
   * @param content in DER
   */
  public byte[] signed(byte[] content) {
    try {
      Signature signer = Signature.getInstance("SHA256withECDSA");
      signer.initSign(secret);
      signer.update(content);
      byte[] unusedBits = {0};
      return Der.element(
          Der.SEQUENCE,
          content,
          Der.ecdsaWithSha256(),
          Der.element(Der.BIT_STRING, unusedBits, signer.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a P-256 key of this platform does not sign", e);
    }
  }

  /** As it is kept. Secret. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, publicInfo);
      write(out, secret.getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * As it was kept.
   *
   * @throws IllegalArgumentException if these are not the bytes of a key
   */
  static AgentKey parse(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte[] publicInfo = read(in);
      PrivateKey secret =
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(read(in)));
      return new AgentKey(secret, publicInfo);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("not the bytes of a key", e);
    }
  }

  static void write(DataOutputStream out, byte[] part) throws IOException {
    out.writeShort(part.length);
    out.write(part);
  }

  private static byte[] read(DataInputStream in) throws IOException {
    int length = in.readUnsignedShort();
    if (length > MAX_BYTES) {
      throw new IOException("too long for a key");
    }
    return in.readNBytes(length);
  }

  /** Shows no secret. */
  @Override
  public String toString() {
    return "AgentKey[" + digest().hex() + "]";
  }
}
