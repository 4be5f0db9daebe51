package io.towline.agent.stream;

import io.towline.envelope.Digest;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a server if, and only if, its key is the pinned one: the SHA-256 of its certificate's
 * SubjectPublicKeyInfo (RFC 7469, section 2.4). Names, dates and issuers are not looked at: the pin
 * came with the join token, and the TLS handshake proves possession of the key.
 */
final class PinnedTrustManager extends X509ExtendedTrustManager {
  private final Digest pin;

  PinnedTrustManager(Digest pin) {
    this.pin = pin;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chain.length == 0) {
      throw new CertificateException("the hub shows no certificate");
    }
    Digest shown = Digest.of(chain[0].getPublicKey().getEncoded());
    if (!MessageDigest.isEqual(shown.bytes(), pin.bytes())) {
      throw new CertificateException(
          "the hub's key has the SHA-256 " + shown.hex() + ", the join token pins " + pin.hex());
    }
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

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("an agent serves nobody");
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
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
