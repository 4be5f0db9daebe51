package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * One authority of the hub: a P-256 key that vouches for the hub towards its agents and for agents
 * towards the hub (RFC 5280 profile; names as SPIFFE has them). Immutable, thread-safe.
 *
 * @param certificate self-signed
 * @param key its private key
 */
record Authority(X509Certificate certificate, PrivateKey key) {
  /** How long an authority lives; it is replaced long before. */
  static final Duration LIFE = Duration.ofDays(3650);

  /**
   * What agents judge by their own clocks begins earlier than now: those may be slow by this. Their
   * own certificates are judged by the hub's clock alone.
   */
  private static final Duration BACKDATED = Duration.ofDays(1);

  private static final int SERIAL_BITS = 127;

  /** A new one. */
  static Authority make(SecureRandom random, Instant now) {
    KeyPair pair = newKey(random);
    X500Name name = commonName("towline agents' authority " + now);
    X509Certificate certificate =
        sign(
            builder(name, name, pair.getPublic(), random, now.minus(BACKDATED), now.plus(LIFE)),
            pair.getPrivate(),
            new BasicConstraints(0),
            new KeyUsage(KeyUsage.keyCertSign),
            List.of(),
            List.of());
    return new Authority(certificate, pair.getPrivate());
  }

  /** A P-256 key pair. */
  static KeyPair newKey(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has P-256", e);
    }
  }

  /** SHA-256 of its SubjectPublicKeyInfo. */
  Digest pin() {
    return Digest.of(certificate.getPublicKey().getEncoded());
  }

  /** When it was made. */
  Instant made() {
    return certificate.getNotBefore().toInstant().plus(BACKDATED);
  }

  /** A certificate of the agents' port: good for a server and for nothing else. */
  X509Certificate forServer(
      PublicKey server, List<GeneralName> names, SecureRandom random, Instant now, Duration life) {
    return sign(
        builder(
            issuer(),
            commonName("towline-hub"),
            server,
            random,
            now.minus(BACKDATED),
            now.plus(life)),
        key,
        new BasicConstraints(false),
        new KeyUsage(KeyUsage.digitalSignature),
        List.of(KeyPurposeId.id_kp_serverAuth),
        names);
  }

  /** A certificate of one agent: good for a client and for nothing else. */
  X509Certificate forAgent(
      PublicKey agent,
      String clusterName,
      String uri,
      SecureRandom random,
      Instant now,
      Duration life) {
    return sign(
        builder(issuer(), commonName(clusterName), agent, random, now, now.plus(life)),
        key,
        new BasicConstraints(false),
        new KeyUsage(KeyUsage.digitalSignature),
        List.of(KeyPurposeId.id_kp_clientAuth),
        List.of(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
  }

  private X500Name issuer() {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  private static X500Name commonName(String name) {
    return new X500NameBuilder().addRDN(BCStyle.CN, name).build();
  }

  private static JcaX509v3CertificateBuilder builder(
      X500Name issuer,
      X500Name subject,
      PublicKey key,
      SecureRandom random,
      Instant from,
      Instant until) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
        Date.from(from),
        Date.from(until),
        subject,
        key);
  }

  private static X509Certificate sign(
      JcaX509v3CertificateBuilder builder,
      PrivateKey signer,
      BasicConstraints constraints,
      KeyUsage usage,
      List<KeyPurposeId> purposes,
      List<GeneralName> names) {
    try {
      builder.addExtension(Extension.basicConstraints, true, constraints);
      builder.addExtension(Extension.keyUsage, true, usage);
      if (!purposes.isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            true,
            new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
      }
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
      byte[] der =
          builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer)).getEncoded();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("A certificate could not be signed", e);
    }
  }

  /** Shows no key. */
  @Override
  public String toString() {
    return "Authority[" + pin().hex() + "]";
  }
}
