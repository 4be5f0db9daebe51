package io.towline.failures;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.MetadataUtils;
import io.towline.agent.v1.AgentServiceGrpc;
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
import java.io.UncheckedIOException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The least that can talk to a hub as an agent does: it pins the hub's key, takes what it is
 * offered, and fetches bodies, going on where a stream broke. It believes nothing and decides
 * nothing.
 */
final class CarefulReader implements BodySource, AutoCloseable {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ATTEMPTS = 6;

  private final ManagedChannel channel;
  private final AgentServiceGrpc.AgentServiceBlockingV2Stub stub;

  CarefulReader(JoinToken token, String secret) {
    int colon = token.hub().lastIndexOf(':');
    channel =
        Grpc.newChannelBuilderForAddress(
                token.hub().substring(0, colon),
                Integer.parseInt(token.hub().substring(colon + 1)),
                TlsChannelCredentials.newBuilder().trustManager(new Pin(token.hubKey())).build())
            .build();
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + secret);
    stub =
        AgentServiceGrpc.newBlockingV2Stub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  static CarefulReader of(String joinToken) {
    JoinToken token = JoinToken.parse(joinToken);
    return new CarefulReader(token, token.secret());
  }

  List<Root> roots() throws StatusException {
    return stub.withDeadlineAfter(PATIENCE)
        .getRoots(GetRootsRequest.getDefaultInstance())
        .getRootsList();
  }

  BlockingClientCall<?, FollowResponse> follow(FollowRequest request) {
    return stub.follow(request);
  }

  BlockingClientCall<ReportRequest, ReportResponse> report() {
    return stub.report();
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
      BlockingClientCall<?, FetchResponse> call =
          stub.fetch(
              FetchRequest.newBuilder()
                  .addWants(Want.newBuilder().setSha256(digest.hex()).setOffset(held.size()))
                  .build());
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
    channel.shutdownNow();
  }

  /** Trusts one key. */
  private static final class Pin extends X509ExtendedTrustManager {
    private final Digest pin;

    Pin(Digest pin) {
      this.pin = pin;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      if (!Digest.of(chain[0].getPublicKey().getEncoded()).equals(pin)) {
        throw new CertificateException("another key than the pinned one");
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
