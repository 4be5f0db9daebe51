package io.towline.agent.stream;

import io.towline.envelope.Digest;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a server if, and only if, one of the pinned authorities made its certificate for the hub
 * of this fleet: the pin is the SHA-256 of the authority's SubjectPublicKeyInfo (RFC 7469, section
 * 2.4), and came with the join token or over a connection that was believed before. The hub is
 * known by the name {@code spiffe://FLEET/hub}, whatever the address it was dialled at.
 */
final class PinnedTrustManager extends X509ExtendedTrustManager {
  private static final List<String> SERVER_ONLY = List.of("1.3.6.1.5.5.7.3.1");
  private static final int NOT_AN_AUTHORITY = -1;
  private static final int URI_NAME = 6;

  /** The server is of an authority that nobody told the agent of. */
  static final class NotPinned extends CertificateException {
    NotPinned(Digest shown, List<Digest> pins) {
      super(
          "the hub's authority has the SHA-256 "
              + shown.hex()
              + ", pinned are "
              + pins.stream().map(Digest::hex).toList());
    }
  }

  private final List<Digest> pins;
  private final String name;
  private final InstantSource clock;

  PinnedTrustManager(List<Digest> pins, UUID fleet, InstantSource clock) {
    this.pins = pins;
    this.name = "spiffe://" + fleet + "/hub";
    this.clock = clock;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chain.length < 2) {
      throw new CertificateException("the hub shows no certificate of an authority");
    }
    X509Certificate hub = chain[0];
    X509Certificate authority = chain[1];
    Digest shown = Digest.of(authority.getPublicKey().getEncoded());
    if (!pins.contains(shown)) {
      throw new NotPinned(shown, pins);
    }
    try {
      hub.verify(authority.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new CertificateException("the pinned authority did not make the hub's certificate", e);
    }
    // An agent's certificate is of the same authority, and must not pass for the hub's.
    if (hub.getBasicConstraints() != NOT_AN_AUTHORITY
        || !SERVER_ONLY.equals(hub.getExtendedKeyUsage())
        || !names(hub).contains(List.of(URI_NAME, name))) {
      throw new CertificateException("the certificate is not the one of the hub of this fleet");
    }
    hub.checkValidity(Date.from(clock.instant()));
  }

  private static Collection<List<?>> names(X509Certificate certificate)
      throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null ? List.of() : names;
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
