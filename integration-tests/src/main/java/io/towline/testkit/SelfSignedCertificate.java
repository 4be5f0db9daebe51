package io.towline.testkit;

import io.towline.envelope.Digest;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate for a server on loopback that nothing vouches for but its pin.
 *
 * @param key its P-256 key
 * @param certificate for one day
 */
record SelfSignedCertificate(PrivateKey key, X509Certificate certificate) {

  private static final Duration LIFE = Duration.ofDays(1);
  private static final Duration CLOCK_TOLERANCE = Duration.ofHours(1);
  private static final int SERIAL_BITS = 64;

  static SelfSignedCertificate forLoopback() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      X500Principal name = new X500Principal("CN=hub of the test bed");
      Instant now = Instant.now();
      var certificate =
          new JcaX509v3CertificateBuilder(
                  name,
                  new BigInteger(SERIAL_BITS, new SecureRandom()),
                  Date.from(now.minus(CLOCK_TOLERANCE)),
                  Date.from(now.plus(LIFE)),
                  name,
                  pair.getPublic())
              .addExtension(
                  Extension.subjectAlternativeName,
                  false,
                  new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")))
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
      return new SelfSignedCertificate(
          pair.getPrivate(), new JcaX509CertificateConverter().getCertificate(certificate));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("this JVM makes no certificate", e);
    }
  }

  /** SHA-256 of the SubjectPublicKeyInfo: what a join token pins. */
  Digest pin() {
    return Digest.of(certificate.getPublicKey().getEncoded());
  }

  @Override
  public String toString() {
    return "SelfSignedCertificate[" + pin() + "]";
  }
}
