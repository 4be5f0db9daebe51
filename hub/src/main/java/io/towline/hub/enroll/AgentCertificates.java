package io.towline.hub.enroll;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets in the certificates that one of the hub's authorities made for an agent. Whether such a
 * certificate is still good is asked for every call, where the answer can have a reason; what no
 * authority of this hub made does not get through the handshake. Thread-safe.
 */
final class AgentCertificates extends X509ExtendedTrustManager {
  private static final List<String> CLIENT_ONLY = List.of("1.3.6.1.5.5.7.3.2");
  private static final int NOT_AN_AUTHORITY = -1;

  private final Authorities authorities;

  AgentCertificates(Authorities authorities) {
    this.authorities = authorities;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chain.length == 0) {
      throw new CertificateException("no certificate");
    }
    X509Certificate shown = chain[0];
    if (shown.getBasicConstraints() != NOT_AN_AUTHORITY
        || !CLIENT_ONLY.equals(shown.getExtendedKeyUsage())) {
      throw new CertificateException("not the certificate of an agent");
    }
    if (authorities.believed().stream().noneMatch(authority -> madeBy(authority, shown))) {
      throw new CertificateException("not a certificate of this hub");
    }
  }

  private static boolean madeBy(Authority authority, X509Certificate shown) {
    X509Certificate issuer = authority.certificate();
    if (!issuer.getSubjectX500Principal().equals(shown.getIssuerX500Principal())) {
      return false;
    }
    try {
      shown.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("the hub calls nobody here");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  /** None is named to strangers; an agent has one certificate and shows it. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
