package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad certificate requests (B74 to B79), made by program. */
class CertificateRequestTest {
  private static final TestAgent AGENT = TestAgent.create();

  /** The prime of the field of P-256: as a coordinate it would be zero, written in another way. */
  private static final String P256_PRIME =
      "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

  /** What goes with zero: the square root of the curve's constant. */
  private static final String Y_OF_ZERO =
      "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";

  static Stream<Arguments> badRequests() throws Exception {
    Map<String, byte[]> bad = new LinkedHashMap<>();
    byte[] good = AGENT.request();
    bad.put("nothing", new byte[0]);
    bad.put("text", "-----BEGIN CERTIFICATE REQUEST-----".getBytes(StandardCharsets.US_ASCII));
    bad.put("trailing byte", Arrays.copyOf(good, good.length + 1));
    bad.put("one megabyte", Arrays.copyOf(good, 1 << 20));
    bad.put("ten thousand extensions", withExtensions(10_000));
    bad.put("indefinite length", indefinite(good));
    for (int length = 0; length < good.length; length += 7) {
      bad.put("cut at " + length, Arrays.copyOf(good, length));
    }
    byte[] otherSignature = good.clone();
    otherSignature[good.length - 5] ^= 1;
    bad.put("bad self-signature", otherSignature);
    bad.put("signed by another key", signedBy(AGENT.key(), TestAgent.create().key()));
    bad.put("RSA 1024", rsa(1024));
    bad.put("RSA 2048", rsa(2048));
    bad.put("P-521", ec("secp521r1", "SHA512withECDSA"));
    bad.put("P-384", ec("secp384r1", "SHA256withECDSA"));
    bad.put("Ed25519", ed25519());
    bad.put("SHA-1", request(AGENT.key(), "SHA1withECDSA"));
    bad.put("SHA-512", request(AGENT.key(), "SHA512withECDSA"));
    bad.put("point at infinity", point("00"));
    bad.put("compressed point", point("02" + coordinates().substring(0, 64)));
    bad.put("hybrid point", point("06" + coordinates()));
    bad.put("point off the curve", point("04" + "01".repeat(64)));
    bad.put("point of zeroes", point("04" + "00".repeat(64)));
    bad.put("coordinate beyond the field", point("04" + P256_PRIME + Y_OF_ZERO));
    bad.put("explicit parameters", explicitParameters());
    return bad.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badRequests")
  void refuses(String what, byte[] request) {
    assertThatThrownBy(() -> CertificateRequest.parse(request))
        .as(what)
        .isInstanceOfSatisfying(
            EnrollException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.CERTIFICATE_REQUEST_INVALID));
  }

  /** Whoever may choose the point can choose one whose signatures anybody can make. */
  @ParameterizedTest
  @ValueSource(strings = {"01010101", "00000000"})
  void refusesAPointOffTheCurveBeforeItLooksAtItsSignature(String fill) throws Exception {
    byte[] request = point("04" + fill.repeat(16));

    assertThatThrownBy(() -> CertificateRequest.parse(request))
        .hasMessageContaining("no point of the curve");
  }

  @Test
  void refusesAPointWhoseCoordinateIsTooLargeForTheField() throws Exception {
    assertThatThrownBy(() -> CertificateRequest.parse(point("04" + "00".repeat(32) + Y_OF_ZERO)))
        .hasMessageContaining("not signed with its own key");
    assertThatThrownBy(() -> CertificateRequest.parse(point("04" + P256_PRIME + Y_OF_ZERO)))
        .hasMessageContaining("no point of the curve");
    assertThatThrownBy(() -> CertificateRequest.parse(point("04" + "00".repeat(32) + P256_PRIME)))
        .hasMessageContaining("no point of the curve");
  }

  @Test
  void refusesOrReadsTheSameKeyWhateverBitIsFlipped() {
    byte[] good = AGENT.request();
    Random random = new Random(20261123);
    for (int i = 0; i < 1_000; i++) {
      byte[] bent = good.clone();
      bent[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        CertificateRequest.parse(bent);
        throw new AssertionError("a request with a flipped bit was taken");
      } catch (EnrollException e) {
        assertThat(e.reason()).isEqualTo(Reason.CERTIFICATE_REQUEST_INVALID);
      }
    }
  }

  /** B74, B75 and B79: what a request says of anything but its key counts for nothing. */
  @Test
  void takesTheKeyAndNothingElse() throws Exception {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    extensions.addExtension(
        Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    extensions.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, "*"),
              new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://x/cluster/y")
            }));
    byte[] request =
        new JcaPKCS10CertificationRequestBuilder(
                new X500Name("CN=*,O=system:masters"), AGENT.key().getPublic())
            .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(AGENT.key().getPrivate()))
            .getEncoded();

    assertThat(CertificateRequest.parse(request))
        .isEqualTo(new CertificateRequest(AGENT.key().getPublic(), AGENT.digest()));
  }

  private static byte[] request(KeyPair key, String algorithm) throws Exception {
    return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), key.getPublic())
        .build(new JcaContentSignerBuilder(algorithm).build(key.getPrivate()))
        .getEncoded();
  }

  private static byte[] signedBy(KeyPair named, KeyPair signer) throws Exception {
    return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), named.getPublic())
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()))
        .getEncoded();
  }

  private static byte[] withExtensions(int count) throws Exception {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    for (int i = 0; i < count; i++) {
      extensions.addExtension(
          new ASN1ObjectIdentifier("1.2.3." + i), false, new BasicConstraints(true));
    }
    return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), AGENT.key().getPublic())
        .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(AGENT.key().getPrivate()))
        .getEncoded();
  }

  private static byte[] indefinite(byte[] good) throws Exception {
    var structure = new PKCS10CertificationRequest(good).toASN1Structure();
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(structure.getCertificationRequestInfo());
    parts.add(structure.getSignatureAlgorithm());
    parts.add(structure.getSignature());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new BERSequence(parts).encodeTo(out, ASN1Encoding.BER);
    return out.toByteArray();
  }

  private static byte[] rsa(int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return request(generator.generateKeyPair(), "SHA256withRSA");
  }

  private static byte[] ec(String curve, String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return request(generator.generateKeyPair(), algorithm);
  }

  private static byte[] ed25519() throws Exception {
    return request(KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), "Ed25519");
  }

  private static String coordinates() {
    byte[] spki = AGENT.key().getPublic().getEncoded();
    return HexFormat.of().formatHex(spki, spki.length - 64, spki.length);
  }

  /** A request for a P-256 key with that encoding of its point, signed with another key. */
  private static byte[] point(String hex) throws Exception {
    byte[] point = HexFormat.of().parseHex(hex);
    SubjectPublicKeyInfo own =
        SubjectPublicKeyInfo.getInstance(AGENT.key().getPublic().getEncoded());
    return signed(new SubjectPublicKeyInfo(own.getAlgorithm(), point));
  }

  /** The same curve, spelled out: what CVE-2020-0601 was about. */
  private static byte[] explicitParameters() throws Exception {
    var named = ECNamedCurveTable.getByName("P-256");
    var algorithm =
        new AlgorithmIdentifier(
            X9ObjectIdentifiers.id_ecPublicKey,
            new X9ECParameters(
                named.getCurve(), named.getBaseEntry(), named.getN(), BigInteger.ONE));
    return signed(
        new SubjectPublicKeyInfo(algorithm, HexFormat.of().parseHex("04" + coordinates())));
  }

  private static byte[] signed(SubjectPublicKeyInfo key) throws Exception {
    return new PKCS10CertificationRequestBuilder(new X500Name("CN=x"), key)
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(AGENT.key().getPrivate()))
        .getEncoded();
  }
}
