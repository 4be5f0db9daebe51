package io.towline.hub.enroll;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The key and the certificate of the agents' port: {@code keys/agents-tls.key} and {@code .crt}
 * below the data directory. Made at the first start and kept, because join tokens pin the key.
 * Agents look at the key alone (RFC 7469's SubjectPublicKeyInfo pin), so the certificate's name and
 * dates mean nothing to them. Immutable.
 *
 * @param certificate PEM file
 * @param key PEM file, PKCS#8, readable by the hub's user alone
 * @param pin SHA-256 of the SubjectPublicKeyInfo, lower-case hex
 */
public record AgentsTls(Path certificate, Path key, String pin) {
  /** The key is what counts and it does not age; a new one means new join tokens for all. */
  private static final Duration CERTIFICATE_LIFE = Duration.ofDays(3650);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /**
   * Reads the pair, or makes it where there is none.
   *
   * @throws IOException if it cannot be read or written, or only half of it is there
   */
  public static AgentsTls open(Path dataDirectory, SecureRandom random, InstantSource time)
      throws IOException {
    Path keys =
        Files.createDirectories(
            dataDirectory.resolve("keys"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path key = keys.resolve("agents-tls.key");
    Path certificate = keys.resolve("agents-tls.crt");
    try {
      if (!Files.exists(certificate)) {
        // The certificate is written last: without it no token can have pinned the key.
        make(key, certificate, random, time.instant());
      }
      if (!Files.exists(key)) {
        throw new IOException(certificate + " is there without its key " + key);
      }
      return new AgentsTls(certificate, key, pinOf(read(certificate)));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("The agents' key pair cannot be used: " + keys, e);
    }
  }

  /** SHA-256 of the certificate's SubjectPublicKeyInfo, lower-case hex. */
  public static String pinOf(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static X509Certificate read(Path certificate)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(certificate)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static void make(Path key, Path certificate, SecureRandom random, Instant now)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    KeyPair pair = generator.generateKeyPair();
    write(key, pem(new JcaPKCS8Generator(pair.getPrivate(), null)));
    write(certificate, pem(selfSigned(pair, random, now)));
  }

  private static X509Certificate selfSigned(KeyPair pair, SecureRandom random, Instant now)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    X500Name name = new X500Name("CN=towline-hub");
    // A day back: agents with a slow clock see a certificate that is valid.
    var builder =
        new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(127, random).add(BigInteger.ONE),
                Date.from(now.minus(Duration.ofDays(1))),
                Date.from(now.plus(CERTIFICATE_LIFE)),
                name,
                pair.getPublic())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
            .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
            .addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.dNSName, "towline-hub")));
    byte[] der =
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
            .getEncoded();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  private static byte[] pem(Object content) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Whole or not at all, and never readable by others, not even for a moment. */
  private static void write(Path file, byte[] content) throws IOException {
    Path part =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            file.getFileName().toString(),
            ".part",
            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Files.write(part, content);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
