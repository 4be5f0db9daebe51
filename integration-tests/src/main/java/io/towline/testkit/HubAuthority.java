package io.towline.testkit;

import io.towline.envelope.Digest;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** The authority of a hub of the test bed, for a day. Thread-safe. */
final class HubAuthority {

  private static final Duration LIFE = Duration.ofDays(1);
  private static final Duration CLOCK_TOLERANCE = Duration.ofHours(1);
  private static final int SERIAL_BITS = 64;
  private static final X500Name NAME = new X500Name("CN=authority of the test bed");

  private final KeyPair key;
  private final X509Certificate certificate;

  /** What a server shows: its key, its certificate, and that of the authority. */
  record Shown(PrivateKey key, List<X509Certificate> chain) {}

  private HubAuthority(KeyPair key) {
    this.key = key;
    this.certificate = sign(NAME, key.getPublic(), new BasicConstraints(0), List.of(), "");
  }

  static HubAuthority create() {
    return new HubAuthority(newKey());
  }

  /** SHA-256 of the SubjectPublicKeyInfo: what a join token pins. */
  Digest pin() {
    return Digest.of(certificate.getPublicKey().getEncoded());
  }

  X509Certificate certificate() {
    return certificate;
  }

  /** What the hub of a fleet shows. */
  Shown hub(UUID fleet) {
    KeyPair server = newKey();
    X509Certificate own =
        sign(
            new X500Name("CN=hub of the test bed"),
            server.getPublic(),
            new BasicConstraints(false),
            List.of(KeyPurposeId.id_kp_serverAuth),
            "spiffe://" + fleet + "/hub");
    return new Shown(server.getPrivate(), List.of(own, certificate));
  }

  /**
   * A certificate for whoever signed the request.
   *
   * @throws IllegalArgumentException if it is not signed with its own key
   */
  X509Certificate certify(byte[] request, UUID fleet, UUID cluster) {
    try {
      JcaPKCS10CertificationRequest read = new JcaPKCS10CertificationRequest(request);
      PublicKey requested = read.getPublicKey();
      if (!read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(requested))) {
        throw new IllegalArgumentException("not signed with its own key");
      }
      return sign(
          new X500Name("CN=agent of the test bed"),
          requested,
          new BasicConstraints(false),
          List.of(KeyPurposeId.id_kp_clientAuth),
          "spiffe://" + fleet + "/cluster/" + cluster);
    } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException e) {
      throw new IllegalArgumentException("not a certificate request", e);
    }
  }

  static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM makes no key", e);
    }
  }

  private X509Certificate sign(
      X500Name subject,
      PublicKey subjectKey,
      BasicConstraints constraints,
      List<KeyPurposeId> purposes,
      String uri) {
    try {
      Instant now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
                  NAME,
                  new BigInteger(SERIAL_BITS, new SecureRandom()),
                  Date.from(now.minus(CLOCK_TOLERANCE)),
                  Date.from(now.plus(LIFE)),
                  subject,
                  subjectKey)
              .addExtension(Extension.basicConstraints, true, constraints);
      if (!purposes.isEmpty()) {
        builder
            .addExtension(
                Extension.extendedKeyUsage,
                true,
                new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("this JVM makes no certificate", e);
    }
  }

  @Override
  public String toString() {
    return "HubAuthority[" + pin() + "]";
  }
}
