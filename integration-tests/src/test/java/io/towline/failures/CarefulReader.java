package io.towline.failures;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.BlockingClientCall;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.Root;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Want;
import io.towline.envelope.BodySource;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.testkit.Gzip;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * The least that can talk to a hub as an agent does: it pins the hub's authority, enrols when it
 * first calls, takes what it is offered, and fetches bodies, going on where a stream broke. It
 * believes nothing and decides nothing.
 */
final class CarefulReader implements BodySource, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final char[] PASSWORD = "of no value".toCharArray();
  private static final int ATTEMPTS = 6;

  private final JoinToken token;
  private final String secret;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private Optional<AgentServiceGrpc.AgentServiceBlockingV2Stub> enrolled = Optional.empty();

  CarefulReader(JoinToken token, String secret) {
    this.token = token;
    this.secret = secret;
  }

  static CarefulReader of(String joinToken) {
    JoinToken token = JoinToken.parse(joinToken);
    return new CarefulReader(token, token.secret());
  }

  private AgentServiceGrpc.AgentServiceBlockingV2Stub stub() throws StatusException {
    if (enrolled.isEmpty()) {
      KeyPair key = newKey();
      EnrollResponse answer =
          connect(TlsChannelCredentials.newBuilder())
              .withDeadlineAfter(PATIENCE)
              .enroll(
                  EnrollRequest.newBuilder()
                      .setTokenSecret(secret)
                      .setClusterUid(token.cluster().toString())
                      .setCertificateRequest(ByteString.copyFrom(request(key)))
                      .build());
      byte[] certificate = answer.getIssued().getCertificate().toByteArray();
      enrolled = Optional.of(connect(withCertificate(key, certificate)));
    }
    return enrolled.get();
  }

  private AgentServiceGrpc.AgentServiceBlockingV2Stub connect(
      TlsChannelCredentials.Builder credentials) {
    int colon = token.hub().lastIndexOf(':');
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                token.hub().substring(0, colon),
                Integer.parseInt(token.hub().substring(colon + 1)),
                credentials.trustManager(new Pin(token.authorities())).build())
            .build();
    channels.add(channel);
    return AgentServiceGrpc.newBlockingV2Stub(channel);
  }

  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM makes no key", e);
    }
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

  private static TlsChannelCredentials.Builder withCertificate(KeyPair key, byte[] certificate) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "reader",
          key.getPrivate(),
          PASSWORD,
          new Certificate[] {
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate))
          });
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      return TlsChannelCredentials.newBuilder().keyManager(keys.getKeyManagers());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("this JVM keeps no key", e);
    }
  }

  List<Root> roots() throws StatusException {
    return stub()
        .withDeadlineAfter(PATIENCE)
        .getRoots(GetRootsRequest.getDefaultInstance())
        .getRootsList();
  }

  BlockingClientCall<?, FollowResponse> follow(FollowRequest request) throws StatusException {
    return stub().follow(request);
  }

  BlockingClientCall<ReportRequest, ReportResponse> report() throws StatusException {
    return stub().report();
  }

  /** The envelope that is offered now. */
  SignedEnvelope envelope() throws StatusException, InterruptedException, TimeoutException {
    BlockingClientCall<?, FollowResponse> call = follow(FollowRequest.getDefaultInstance());
    try {
      FollowResponse next = read(call);
      while (!next.hasEnvelope()) {
        next = read(call);
      }
      return next.getEnvelope();
    } finally {
      call.cancel("seen enough", null);
    }
  }

  static <T> T read(BlockingClientCall<?, T> call)
      throws StatusException, InterruptedException, TimeoutException {
    T next = call.read(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    if (next == null) {
      throw new IllegalStateException("the hub ended the call");
    }
    return next;
  }

  /** A body, or nothing if the hub does not deliver one in the way that the API wants. */
  @Override
  public Optional<byte[]> body(Digest digest, long size) {
    ByteString held = ByteString.EMPTY;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      BlockingClientCall<?, FetchResponse> call;
      try {
        call =
            stub()
                .fetch(
                    FetchRequest.newBuilder()
                        .addWants(Want.newBuilder().setSha256(digest.hex()).setOffset(held.size()))
                        .build());
      } catch (StatusException e) {
        return Optional.empty();
      }
      try {
        FetchResponse chunk = call.read(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        while (chunk != null) {
          if (!chunk.getSha256().equals(digest.hex())
              || chunk.getOffset() != held.size()
              || held.size() + chunk.getData().size() > chunk.getEncodedSize()
              || chunk.getEncodedSize() > size + 1_024) {
            return Optional.empty();
          }
          held = held.concat(chunk.getData());
          if (held.size() == chunk.getEncodedSize()) {
            call.cancel("all there", null);
            return unpacked(held);
          }
          chunk = call.read(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
      } catch (StatusException cut) {
        // Goes on where it stopped.
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      } finally {
        call.cancel("seen enough", null);
      }
    }
    return Optional.empty();
  }

  /** What is not gzip is no body: the verifier says so. */
  private static Optional<byte[]> unpacked(ByteString encoded) {
    try {
      return Optional.of(Gzip.unzip(encoded.toByteArray()));
    } catch (UncheckedIOException e) {
      return Optional.of(new byte[0]);
    }
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
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
