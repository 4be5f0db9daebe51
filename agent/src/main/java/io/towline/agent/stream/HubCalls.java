package io.towline.agent.stream;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.towline.agent.enroll.Identity;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.Root;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * The one outbound connection, and the four calls on it. TLS 1.3; the hub is known by its pinned
 * key alone, and the agent by the secret of its join token, which leaves the process only on a
 * connection whose peer proved that key. Safe for use by many threads.
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

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final NioEventLoopGroup eventLoop;
  private final AgentServiceGrpc.AgentServiceBlockingV2Stub stub;

  /**
   * Connects at the first call, and again whenever a call finds no connection.
   *
   * @param userAgent what the hub's logs call this program
   */
  public HubCalls(Identity identity, String userAgent) {
    this.eventLoop = new NioEventLoopGroup(1);
    this.channel =
        NettyChannelBuilder.forAddress(identity.hubHost(), identity.hubPort())
            .eventLoopGroup(eventLoop)
            .channelType(NioSocketChannel.class)
            .sslContext(tls(identity))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .disableRetry()
            .userAgent(userAgent)
            .build();
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + identity.secret());
    ClientInterceptor credential = MetadataUtils.newAttachHeadersInterceptor(headers);
    this.stub = AgentServiceGrpc.newBlockingV2Stub(channel).withInterceptors(credential);
  }

  private static SslContext tls(Identity identity) {
    try {
      return GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
          .trustManager(new PinnedTrustManager(identity.hubKey()))
          .protocols("TLSv1.3")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("the Java platform has no TLS 1.3", e);
    }
  }

  /** Opens the stream of envelopes. */
  public HubStream<FollowRequest, FollowResponse> follow(FollowRequest request) {
    return new HubStream<>(stub.withMaxInboundMessageSize(MAX_FOLLOW_BYTES).follow(request));
  }

  /** Opens a stream of chunks. */
  public HubStream<FetchRequest, FetchResponse> fetch(FetchRequest request) {
    return new HubStream<>(stub.withMaxInboundMessageSize(MAX_FETCH_BYTES).fetch(request));
  }

  /** Opens the stream of reports. */
  public HubStream<ReportRequest, ReportResponse> report() {
    return new HubStream<>(stub.withMaxInboundMessageSize(MAX_REPORT_ANSWER_BYTES).report());
  }

  /** The signed roots of versions above the given one, oldest first. */
  public List<Root> roots(long afterVersion) throws HubException {
    try {
      return stub.withMaxInboundMessageSize(MAX_ROOTS_BYTES)
          .withDeadlineAfter(ROOTS_DEADLINE)
          .getRoots(GetRootsRequest.newBuilder().setAfterVersion(afterVersion).build())
          .getRootsList();
    } catch (StatusException e) {
      throw HubException.of(e);
    }
  }

  /** Forgets the connection's own back-off: the caller's has passed. */
  public void tryAgain() {
    channel.resetConnectBackoff();
  }

  /** Ends every call. Returns within about four seconds. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      boolean ended = channel.awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
      eventLoop
          .shutdownGracefully(0, ended ? 0 : CLOSING.toMillis(), TimeUnit.MILLISECONDS)
          .await(CLOSING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
