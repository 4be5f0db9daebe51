package io.towline.agent.stream;

import io.towline.agent.enroll.AgentKey;
import io.towline.agent.enroll.Credential;
import io.towline.envelope.Digest;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
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
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** An authority as a hub has one, which makes whatever certificate a test wants. */
public final class FakeAuthority {
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant FAR_AWAY = Instant.parse("2090-01-01T00:00:00Z");

  private final KeyPair key = newKey();
  private final X509Certificate certificate;

  /** A server's certificate with its key and what made it. */
  public record Server(PrivateKey key, List<X509Certificate> chain) {}

  public FakeAuthority() {
    certificate =
        sign("CN=fake authority", key.getPublic(), new BasicConstraints(0), List.of(), "");
  }

  public Digest pin() {
    return Digest.of(certificate.getPublicKey().getEncoded());
  }

  /** What the hub of a fleet shows. */
  public Server hub(UUID fleet) {
    return server("spiffe://" + fleet + "/hub", KeyPurposeId.id_kp_serverAuth);
  }

  /** What somebody shows to whom this authority gave a certificate of that name and purpose. */
  public Server server(String uri, KeyPurposeId purpose) {
    KeyPair server = newKey();
    return new Server(
        server.getPrivate(),
        List.of(
            sign("CN=hub", server.getPublic(), new BasicConstraints(false), List.of(purpose), uri),
            certificate));
  }

  /** A certificate for the key of a request, which has to be signed with that key. */
  public X509Certificate certify(byte[] request) throws Exception {
    return certify(request, "agent", "spiffe://fake/cluster");
  }

  /** As above, for a cluster of that name. */
  public X509Certificate certify(byte[] request, String name, String uri) throws Exception {
    JcaPKCS10CertificationRequest read = new JcaPKCS10CertificationRequest(request);
    PublicKey requested = read.getPublicKey();
    boolean proven =
        read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(requested));
    if (!proven) {
      throw new IllegalArgumentException("the request is not signed with its own key");
    }
    return sign(
        "CN=" + name,
        requested,
        new BasicConstraints(false),
        List.of(KeyPurposeId.id_kp_clientAuth),
        uri);
  }

  /** A credential that a hub of this authority takes. */
  public Credential credential() throws Exception {
    AgentKey agentKey = AgentKey.generate(new SecureRandom());
    return Credential.of(
        agentKey,
        certify(agentKey.certificateRequest()).getEncoded(),
        List.of(pin()),
        FakeFleet.NOW,
        Digest.of(new byte[1]));
  }

  X509Certificate certificate() {
    return certificate;
  }

  private X509Certificate sign(
      String subject,
      PublicKey subjectKey,
      BasicConstraints constraints,
      List<KeyPurposeId> purposes,
      String uri) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=fake authority"),
              new BigInteger(64, new SecureRandom()),
              Date.from(LONG_AGO),
              Date.from(FAR_AWAY),
              new X500Name(subject),
              subjectKey);
      builder.addExtension(Extension.basicConstraints, true, constraints);
      if (!purposes.isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            true,
            new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
