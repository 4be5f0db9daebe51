package io.towline.testkit;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.TlsChannelCredentials;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * What can connect to a hub's port for agents as one agent: it pins the hub's authority and shows
 * the certificate that it enrolled for. Immutable.
 */
public final class AgentPortClient {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final char[] PASSWORD = "of no value".toCharArray();

  private final JoinToken token;
  private final KeyPair key;
  private final X509Certificate certificate;

  private AgentPortClient(JoinToken token, KeyPair key, X509Certificate certificate) {
    this.token = token;
    this.key = key;
    this.certificate = certificate;
  }

  /**
   * Enrols with a new key.
   *
   * @param token where the hub is and whom to trust
   * @param secret what to say; that of the token, or a lie
   * @throws StatusException as the hub refuses it
   */
  public static AgentPortClient enrol(JoinToken token, String secret) throws StatusException {
    KeyPair key = HubAuthority.newKey();
    ManagedChannel channel = open(token, TlsChannelCredentials.newBuilder());
    try {
      EnrollResponse answer =
          AgentServiceGrpc.newBlockingV2Stub(channel)
              .withDeadlineAfter(PATIENCE)
              .enroll(
                  EnrollRequest.newBuilder()
                      .setTokenSecret(secret)
                      .setClusterUid(token.cluster().toString())
                      .setCertificateRequest(ByteString.copyFrom(request(key)))
                      .build());
      return new AgentPortClient(
          token, key, certificate(answer.getIssued().getCertificate().toByteArray()));
    } finally {
      channel.shutdownNow();
    }
  }

  /** A connection of its own, which begins with a full handshake at its first call. */
  public ManagedChannel connect() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("agent", key.getPrivate(), PASSWORD, new Certificate[] {certificate});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      return open(token, TlsChannelCredentials.newBuilder().keyManager(keys.getKeyManagers()));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("this JVM keeps no key", e);
    }
  }

  private static ManagedChannel open(JoinToken token, TlsChannelCredentials.Builder credentials) {
    int colon = token.hub().lastIndexOf(':');
    return Grpc.newChannelBuilderForAddress(
            token.hub().substring(0, colon),
            Integer.parseInt(token.hub().substring(colon + 1)),
            credentials.trustManager(new Pin(token.authorities())).build())
        .build();
  }

  private static byte[] request(KeyPair key) {
    try {
      return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=reader"), key.getPublic())
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("this JVM makes no certificate request", e);
    }
  }

  private static X509Certificate certificate(byte[] der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new IllegalStateException("the hub answered with no certificate", e);
    }
  }

  /** Trusts whom one of the pinned authorities vouches for. */
  private static final class Pin extends X509ExtendedTrustManager {
    private final List<Digest> pins;

    Pin(List<Digest> pins) {
      this.pins = pins;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      if (!pins.contains(Digest.of(chain[1].getPublicKey().getEncoded()))) {
        throw new CertificateException("another authority than the pinned ones");
      }
      try {
        chain[0].verify(chain[1].getPublicKey());
      } catch (GeneralSecurityException e) {
        throw new CertificateException("the authority did not vouch for it", e);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
