package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/**
 * What is taken from a PKCS#10 request (RFC 2986): its key, if it is a P-256 key in its one plain
 * encoding and the request is signed with it. Subject, attributes and extensions are not looked at.
 *
 * @param key a point of the curve, not at infinity
 * @param digest SHA-256 of the SubjectPublicKeyInfo
 */
record CertificateRequest(PublicKey key, Digest digest) {
  /** A request for P-256 has less than 300 bytes; names of people's own may make it longer. */
  static final int MAX_BYTES = 8 * 1024;

  /** SubjectPublicKeyInfo of an uncompressed point of the named curve P-256 (RFC 5480) up to it. */
  private static final byte[] P256_PREFIX =
      HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

  private static final int SPKI_BYTES = 91;

  /**
   * Reads a request.
   *
   * @throws EnrollException {@link Reason#CERTIFICATE_REQUEST_INVALID} and what is wrong
   */
  static CertificateRequest parse(byte[] der) {
    if (der.length > MAX_BYTES) {
      throw invalid("A certificate request has at most " + MAX_BYTES + " bytes.");
    }
    try {
      PKCS10CertificationRequest request = new PKCS10CertificationRequest(der);
      if (!Arrays.equals(request.toASN1Structure().getEncoded(ASN1Encoding.DER), der)) {
        throw invalid("The certificate request is not in DER, or something follows it.");
      }
      byte[] spki = request.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER);
      boolean plain =
          spki.length == SPKI_BYTES
              && Arrays.equals(P256_PREFIX, Arrays.copyOf(spki, P256_PREFIX.length));
      if (!plain) {
        throw invalid("The certificate request is not for a P-256 key.");
      }
      PublicKey key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
      if (!isOnCurve((ECPublicKey) key)) {
        throw invalid("The certificate request's key is no point of the curve.");
      }
      if (!request
          .getSignatureAlgorithm()
          .getAlgorithm()
          .equals(X9ObjectIdentifiers.ecdsa_with_SHA256)) {
        throw invalid("The certificate request is not signed by ECDSA with SHA-256.");
      }
      Signature proof = Signature.getInstance("SHA256withECDSA");
      proof.initVerify(key);
      proof.update(
          request.toASN1Structure().getCertificationRequestInfo().getEncoded(ASN1Encoding.DER));
      if (!proof.verify(request.getSignature())) {
        throw invalid("The certificate request is not signed with its own key.");
      }
      return new CertificateRequest(key, Digest.of(spki));
    } catch (EnrollException e) {
      throw e;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // BouncyCastle throws several of its own for what is not well-formed.
      throw invalid("The certificate request is not well-formed.");
    }
  }

  /** The JDK takes any pair of numbers for a point: y² = x³ + ax + b (mod p) has to hold. */
  private static boolean isOnCurve(ECPublicKey key) {
    BigInteger p = ((ECFieldFp) key.getParams().getCurve().getField()).getP();
    BigInteger x = key.getW().getAffineX();
    BigInteger y = key.getW().getAffineY();
    // They are read from an unsigned encoding, so neither is negative.
    if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
      return false;
    }
    BigInteger right =
        x.multiply(x)
            .add(key.getParams().getCurve().getA())
            .multiply(x)
            .add(key.getParams().getCurve().getB());
    return y.multiply(y).subtract(right).mod(p).signum() == 0;
  }

  private static EnrollException invalid(String message) {
    return new EnrollException(Reason.CERTIFICATE_REQUEST_INVALID, message);
  }
}
