package io.towline.agent.enroll;

import io.towline.envelope.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the agent proves with who it is, and how it knows its hub.
 *
 * @param key its own
 * @param certificate what the hub made of it
 * @param authorities SHA-256 of the SubjectPublicKeyInfo of each authority that may vouch for the
 *     hub
 * @param received when it came, by the agent's clock: ages are counted from there, so that a clock
 *     that is off by years renews in time
 * @param token digest of the secret that the agent enrolled with, so that it is not shown again
 */
public record Credential(
    AgentKey key,
    X509Certificate certificate,
    List<Digest> authorities,
    Instant received,
    Digest token) {
  /** Authorities that a hub may name. */
  public static final int MAX_AUTHORITIES = 4;

  private static final int FORMAT = 1;
  private static final int MAX_CERTIFICATE_BYTES = 16 * 1024;

  public Credential {
    authorities = List.copyOf(authorities);
    if (authorities.isEmpty() || authorities.size() > MAX_AUTHORITIES) {
      throw new IllegalArgumentException("a hub has 1 to " + MAX_AUTHORITIES + " authorities");
    }
    if (!Digest.of(certificate.getPublicKey().getEncoded()).equals(key.digest())) {
      throw new IllegalArgumentException("the certificate is for another key");
    }
  }

  /**
   * What a hub answered, for that key.
   *
   * @throws IllegalArgumentException if it is no certificate, or one for another key
   */
  public static Credential of(
      AgentKey key, byte[] certificate, List<Digest> authorities, Instant received, Digest token) {
    if (certificate.length > MAX_CERTIFICATE_BYTES) {
      throw new IllegalArgumentException("the certificate is too large");
    }
    try {
      X509Certificate parsed =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(certificate));
      return new Credential(key, parsed, authorities, received, token);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the hub's answer is no certificate", e);
    }
  }

  /** From its beginning to its end. */
  public Duration life() {
    return Duration.between(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  /** As it is kept. Secret. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      AgentKey.write(out, key.bytes());
      AgentKey.write(out, certificate.getEncoded());
      out.writeByte(authorities.size());
      for (Digest authority : authorities) {
        out.write(authority.bytes());
      }
      out.writeLong(received.toEpochMilli());
      out.write(token.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read has no encoding", e);
    }
    return bytes.toByteArray();
  }

  /**
   * As it was kept.
   *
   * @throws IllegalArgumentException if it is of a version that this one cannot read
   */
  static Credential parse(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readUnsignedByte() != FORMAT) {
        throw new IllegalArgumentException("the kept credential is of another version");
      }
      AgentKey key = AgentKey.parse(in.readNBytes(in.readUnsignedShort()));
      byte[] certificate = in.readNBytes(in.readUnsignedShort());
      int count = in.readUnsignedByte();
      List<Digest> authorities = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        authorities.add(Digest.ofHash(in.readNBytes(Digest.BYTES)));
      }
      Instant received = Instant.ofEpochMilli(in.readLong());
      return of(
          key, certificate, authorities, received, Digest.ofHash(in.readNBytes(Digest.BYTES)));
    } catch (IOException e) {
      throw new IllegalArgumentException("the kept credential is not whole", e);
    }
  }

  /** Shows no secret. */
  @Override
  public String toString() {
    return "Credential[" + key.digest().hex() + " until " + certificate.getNotAfter() + "]";
  }
}
