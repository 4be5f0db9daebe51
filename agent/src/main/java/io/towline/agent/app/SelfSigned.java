package io.towline.agent.app;

import io.towline.agent.enroll.AgentKey;
import io.towline.agent.enroll.Der;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/**
 * A P-256 key with a certificate that it signed itself (RFC 5280), for a server that only this
 * process talks to.
 *
 * @param secret the key
 * @param certificate good for an hour on either side of the moment it was made
 */
record SelfSigned(PrivateKey secret, X509Certificate certificate) {
  private static final byte[] VERSION_AND_SERIAL = HexFormat.of().parseHex("a003020102020101");
  private static final byte[] COMMON_NAME = HexFormat.of().parseHex("0603550403");

  private static final Duration MARGIN = Duration.ofHours(1);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  static SelfSigned at(Instant now) throws CertificateException {
    AgentKey key = AgentKey.generate(new SecureRandom());
    byte[] attribute = Der.element(Der.SEQUENCE, COMMON_NAME, text(Der.UTF8_STRING, "self-check"));
    byte[] name = Der.element(Der.SEQUENCE, Der.element(Der.SET, attribute));
    byte[] validity =
        Der.element(
            Der.SEQUENCE,
            text(Der.UTC_TIME, TIME.format(now.minus(MARGIN))),
            text(Der.UTC_TIME, TIME.format(now.plus(MARGIN))));
    byte[] content =
        Der.element(
            Der.SEQUENCE,
            VERSION_AND_SERIAL,
            Der.ecdsaWithSha256(),
            name,
            validity,
            name,
            key.publicInfo());
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(key.signed(content)));
    return new SelfSigned(key.secret(), certificate);
  }

  private static byte[] text(int tag, String text) {
    return Der.element(tag, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Shows no secret. */
  @Override
  public String toString() {
    return "SelfSigned[" + certificate.getSubjectX500Principal() + "]";
  }
}
