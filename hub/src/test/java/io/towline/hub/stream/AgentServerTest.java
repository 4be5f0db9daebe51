package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.stream.AgentsPort.Certified;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agents' port refuses before anyone looks at a message. */
class AgentServerTest {
  private static final String MINE = "store-0001";

  private final RecordingSink sink = new RecordingSink();
  private FleetFixture fixture;
  private AgentsPort port;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    fixture = new FleetFixture(directory);
    fixture.cluster("store-0001", Map.of());
    port = new AgentsPort(fixture, directory, sink);
  }

  @AfterEach
  void close() {
    port.close();
    fixture.close();
  }

  @Test
  void speaksTls13AndNothingOlder() throws Exception {
    var context = javax.net.ssl.SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    try (SSLSocket old =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", port.server.port())) {
      old.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThatThrownBy(old::startHandshake).isInstanceOf(SSLException.class);
    }
    try (SSLSocket current =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", port.server.port())) {
      current.setEnabledProtocols(new String[] {"TLSv1.3"});
      var parameters = current.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      current.setSSLParameters(parameters);
      current.startHandshake();
      assertThat(current.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
  }

  @Test
  void doesNotSpeakInClearText() throws Exception {
    ManagedChannel plain =
        NettyChannelBuilder.forAddress("localhost", port.server.port()).usePlaintext().build();
    try {
      StatusRuntimeException refusal =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  AgentServiceGrpc.newBlockingStub(plain)
                      .withDeadlineAfter(20, TimeUnit.SECONDS)
                      .getRoots(GetRootsRequest.getDefaultInstance()));
      assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
    } finally {
      plain.shutdownNow();
    }
  }

  @Test
  void isTrustedByThoseWhoPinItsAuthorityAlone() throws Exception {
    ManagedChannel strict =
        NettyChannelBuilder.forAddress("localhost", port.server.port())
            .sslContext(GrpcSslContexts.forClient().build())
            .build();
    try {
      assertThat(
              catchThrowableOfType(
                      StatusRuntimeException.class,
                      () ->
                          AgentServiceGrpc.newBlockingStub(strict)
                              .getRoots(GetRootsRequest.getDefaultInstance()))
                  .getStatus()
                  .getCode())
          .isEqualTo(Code.UNAVAILABLE);
    } finally {
      strict.shutdownNow();
    }
  }

  @Test
  void itsEndSendsAgentsElsewhereAndFinishesTheWriteInFlight() throws Exception {
    AgentServiceGrpc.AgentServiceStub agent = port.async(MINE);
    Inbox<FollowResponse> envelopes = new Inbox<>();
    agent.follow(FollowRequest.getDefaultInstance(), envelopes);
    envelopes.next();
    sink.mayStore.drainPermits();
    Inbox<ReportResponse> reports = new Inbox<>();
    StreamObserver<ReportRequest> out = agent.report(reports);
    out.onNext(
        ReportRequest.newBuilder().setHello(ReportHello.newBuilder().setIncarnation(7)).build());
    reports.next();
    out.onNext(ReportRequest.newBuilder().setBatch(ReportBatch.newBuilder().setNumber(1)).build());
    sink.awaitStoring();

    Thread closing = Thread.ofVirtual().start(port.server::close);

    assertThat(envelopes.end().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(reports.end().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(closing.isAlive()).isTrue();
    sink.mayStore.release();
    closing.join();
    assertThat(sink.calls).contains("batch store-0001 7/1");
    assertThat(port.streams.streams()).isZero();
  }

  @Test
  void endsTheCallsThatComeWhileItEnds() throws Exception {
    port.streams.stop();

    Inbox<FollowResponse> envelopes = new Inbox<>();
    port.async(MINE).follow(FollowRequest.getDefaultInstance(), envelopes);

    assertThat(envelopes.end().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(port.streams.streams()).isZero();
  }

  @Test
  void servesTwoConnectionsOfAClusterAndRefusesAThirdUntilOneIsGone() throws Exception {
    fixture.cluster("store-0002", Map.of());
    Optional<Certified> mine = Optional.of(port.agent(MINE));
    ManagedChannel first = port.channel(mine);
    ManagedChannel second = port.channel(mine);
    ManagedChannel third = port.channel(mine);
    assertThat(rootsOn(first)).isEqualTo(Code.OK);
    assertThat(rootsOn(second)).isEqualTo(Code.OK);

    assertThat(rootsOn(third)).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(rootsOn(second)).isEqualTo(Code.OK);
    assertThat(rootsOn(port.channel(Optional.of(port.agent("store-0002"))))).isEqualTo(Code.OK);

    first.shutdown();
    assertThat(first.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    Code code = Code.RESOURCE_EXHAUSTED;
    for (int i = 0; i < 10_000 && code == Code.RESOURCE_EXHAUSTED; i++) {
      // The server learns of the end a moment after the client.
      code = rootsOn(third);
    }
    assertThat(code).isEqualTo(Code.OK);
  }

  private static Code rootsOn(ManagedChannel channel) {
    try {
      var unused =
          AgentServiceGrpc.newBlockingStub(channel).getRoots(GetRootsRequest.getDefaultInstance());
      return Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  @Test
  void refusesMetadataOverItsLimit() throws Exception {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-large", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(9_000));

    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                port.blocking(MINE)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .getRoots(GetRootsRequest.getDefaultInstance()));

    assertThat(refusal).isNotNull();
    assertThat(refusal.getStatus().getCode())
        .isIn(Code.INTERNAL, Code.UNKNOWN, Code.RESOURCE_EXHAUSTED);
  }
}
