package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.towline.agent.enroll.AgentKey;
import io.towline.agent.enroll.Credential;
import io.towline.agent.enroll.HubAddress;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.Proposal;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.Root;
import io.towline.envelope.Digest;
import io.towline.envelope.HubToken;
import io.towline.envelope.JoinToken;
import io.towline.envelope.PoolToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The one outbound connection, and the calls on it. Mutual TLS 1.3: the hub is known by its pinned
 * authority, the agent by its certificate. A new credential means a new connection: on the old one
 * TLS would resume with the old certificate. Safe for use by many threads.
 */
public final class HubCalls implements AutoCloseable {
  /** Pings go out this often; the hub sends away whoever pings faster than every 20 s. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ROOTS_DEADLINE = Duration.ofSeconds(60);
  private static final Duration CLOSING = Duration.ofSeconds(2);

  private static final int MAX_METADATA_BYTES = 8 * 1024;

  /** An envelope travels compressed; 5 MB unpacked are its own limit. */
  private static final int MAX_FOLLOW_BYTES = 5 * 1024 * 1024;

  /** A chunk of 256 KiB and what names it. */
  private static final int MAX_FETCH_BYTES = 512 * 1024;

  /** Two years of monthly roots of the largest allowed size. */
  private static final int MAX_ROOTS_BYTES = 12 * 1024 * 1024;

  private static final int MAX_REPORT_ANSWER_BYTES = 16 * 1024;

  private static final int MAX_CERTIFICATE_ANSWER_BYTES = 64 * 1024;
  private static final Duration CERTIFICATE_DEADLINE = Duration.ofSeconds(30);

  private final String userAgent;
  private final HubRoute route;
  private final InstantSource clock;
  private final NioEventLoopGroup eventLoop;
  private final CountDownLatch enrolled = new CountDownLatch(1);
  private volatile @Nullable Connection current;
  private volatile boolean closed;

  private record Connection(
      ManagedChannel channel, AgentServiceGrpc.AgentServiceBlockingV2Stub stub) {}

  /**
   * Connects to nobody before it was given a credential.
   *
   * @param userAgent what the hub's logs call this program
   * @param route how hubs are reached
   * @param clock by which the hub's certificate is judged
   */
  public HubCalls(String userAgent, HubRoute route, InstantSource clock) {
    this.userAgent = userAgent;
    this.route = route;
    this.clock = clock;
    this.eventLoop = new NioEventLoopGroup(1);
  }

  /**
   * Calls with this credential from now on. Calls that are open on an older connection end as
   * unavailable, and whoever made them comes back on the new one.
   */
  public synchronized void use(Identity identity, Credential credential) {
    if (closed) {
      return;
    }
    Connection before = current;
    current =
        connect(
            HubAddress.parse(identity.hub().orElseThrow()),
            tls(
                identity.fleet(),
                credential.authorities(),
                SslContextBuilder.forClient()
                    .keyManager(credential.key().secret(), credential.certificate())));
    enrolled.countDown();
    if (before != null) {
      before.channel().shutdownNow();
    }
  }

  /** Returns once there is a credential to call with. */
  public void awaitCredential() throws InterruptedException {
    enrolled.await();
  }

  private Connection connect(HubAddress hub, SslContext tls) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(hub.host(), hub.port())
            .eventLoopGroup(eventLoop)
            .channelType(NioSocketChannel.class)
            .proxyDetector(route.detector(hub))
            .sslContext(tls)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .disableRetry()
            .userAgent(userAgent)
            .build();
    return new Connection(channel, AgentServiceGrpc.newBlockingV2Stub(channel));
  }

  private SslContext tls(UUID fleet, List<Digest> authorities, SslContextBuilder builder) {
    try {
      return GrpcSslContexts.configure(builder, SslProvider.JDK)
          .trustManager(new PinnedTrustManager(authorities, fleet, clock))
          .protocols("TLSv1.3")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("the Java platform has no TLS 1.3", e);
    }
  }

  private AgentServiceGrpc.AgentServiceBlockingV2Stub stub() throws HubException {
    Connection connection = current;
    if (connection == null) {
      throw new HubException(HubException.Kind.UNAVAILABLE, "the agent has not enrolled yet");
    }
    return connection.stub();
  }

  /**
   * Buys a certificate for a key with a join token, on a connection of its own and without a
   * certificate. May be repeated with the same key.
   *
   * @param proposal counts where the token is a pool's
   */
  public IssuedCertificate enroll(HubToken token, AgentKey key, Proposal proposal, AgentFacts facts)
      throws HubException {
    HubAddress hub = HubAddress.parse(token.hub());
    Connection connection =
        connect(hub, tls(token.fleet(), token.authorities(), SslContextBuilder.forClient()));
    try {
      return connection
          .stub()
          .withMaxInboundMessageSize(MAX_CERTIFICATE_ANSWER_BYTES)
          .withDeadlineAfter(CERTIFICATE_DEADLINE)
          .enroll(
              whoAsks(token, proposal)
                  .setTokenSecret(token.secret())
                  .setCertificateRequest(ByteString.copyFrom(key.certificateRequest()))
                  .setFacts(facts)
                  .build())
          .getIssued();
    } catch (StatusException e) {
      throw HubException.of(e);
    } finally {
      connection.channel().shutdownNow();
    }
  }

  private static EnrollRequest.Builder whoAsks(HubToken token, Proposal proposal) {
    return switch (token) {
      case JoinToken one -> EnrollRequest.newBuilder().setClusterUid(one.cluster().toString());
      case PoolToken unused ->
          EnrollRequest.newBuilder()
              .setClusterName(proposal.name())
              .putAllClusterLabels(proposal.labels());
    };
  }

  /** A certificate for the next key, by proof of the one that is in use. May be repeated. */
  public IssuedCertificate renew(AgentKey next, AgentFacts facts) throws HubException {
    try {
      return stub()
          .withMaxInboundMessageSize(MAX_CERTIFICATE_ANSWER_BYTES)
          .withDeadlineAfter(CERTIFICATE_DEADLINE)
          .renew(
              RenewRequest.newBuilder()
                  .setCertificateRequest(ByteString.copyFrom(next.certificateRequest()))
                  .setFacts(facts)
                  .build())
          .getIssued();
    } catch (StatusException e) {
      throw HubException.of(e);
    }
  }

  /** Opens the stream of envelopes. */
  public HubStream<FollowRequest, FollowResponse> follow(FollowRequest request)
      throws HubException {
    return new HubStream<>(stub().withMaxInboundMessageSize(MAX_FOLLOW_BYTES).follow(request));
  }

  /** Opens a stream of chunks. */
  public HubStream<FetchRequest, FetchResponse> fetch(FetchRequest request) throws HubException {
    return new HubStream<>(stub().withMaxInboundMessageSize(MAX_FETCH_BYTES).fetch(request));
  }

  /** Opens the stream of reports. */
  public HubStream<ReportRequest, ReportResponse> report() throws HubException {
    return new HubStream<>(stub().withMaxInboundMessageSize(MAX_REPORT_ANSWER_BYTES).report());
  }

  /** The signed roots of versions above the given one, oldest first. */
  public List<Root> roots(long afterVersion) throws HubException {
    try {
      return stub()
          .withMaxInboundMessageSize(MAX_ROOTS_BYTES)
          .withDeadlineAfter(ROOTS_DEADLINE)
          .getRoots(GetRootsRequest.newBuilder().setAfterVersion(afterVersion).build())
          .getRootsList();
    } catch (StatusException e) {
      throw HubException.of(e);
    }
  }

  /** Forgets the connection's own back-off: the caller's has passed. */
  public void tryAgain() {
    Connection connection = current;
    if (connection != null) {
      connection.channel().resetConnectBackoff();
    }
  }

  /** Ends every call. Returns within about four seconds. */
  @Override
  public void close() {
    Connection connection;
    synchronized (this) {
      closed = true;
      connection = current;
    }
    try {
      boolean ended = true;
      if (connection != null) {
        connection.channel().shutdownNow();
        ended = connection.channel().awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
      }
      eventLoop
          .shutdownGracefully(0, ended ? 0 : CLOSING.toMillis(), TimeUnit.MILLISECONDS)
          .await(CLOSING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
