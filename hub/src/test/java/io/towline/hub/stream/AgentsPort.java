package io.towline.hub.stream;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.envelope.JoinToken;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.Authorities;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.enroll.Registration;
import io.towline.hub.enroll.TestAgent;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Settings;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/** The real agents' server over mutual TLS on a free port, and clients with certificates of it. */
final class AgentsPort implements AutoCloseable {
  final AtomicLong nanos = new AtomicLong(1);
  final AgentStreams streams;
  final AgentServer server;
  final Authorities authorities;
  final Enrolling enrolling;
  final Registration registration;
  final Queue<Reason> refused = new ConcurrentLinkedQueue<>();
  private final FleetFixture fixture;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Map<Certified, ManagedChannel> ofAgents = new ConcurrentHashMap<>();
  private final Map<String, Certified> agents = new ConcurrentHashMap<>();

  /** A key with its certificate. */
  record Certified(PrivateKey key, X509Certificate certificate) {}

  AgentsPort(FleetFixture fixture, Path directory, ReportSink sink) throws IOException {
    this(fixture, directory, sink, Map.of());
  }

  AgentsPort(FleetFixture fixture, Path directory, ReportSink sink, Map<String, String> more)
      throws IOException {
    this.fixture = fixture;
    Map<String, String> values = new HashMap<>(more);
    values.put("towline.agents.port", "0");
    AgentsSettings settings = Settings.of(AgentsSettings.class, values);
    authorities = Authorities.open(directory, new SecureRandom(), fixture.clock);
    enrolling =
        new Enrolling(
            fixture.enrollments,
            fixture.pools,
            fixture.fleet,
            authorities,
            settings,
            new SecureRandom(),
            fixture.clock,
            nanos::get,
            refused::add);
    AgentQueries queries = new AgentQueries(fixture.database);
    streams =
        new AgentStreams(
            queries,
            fixture.fleet,
            fixture.bodies,
            enrolling,
            sink,
            settings,
            "0.1.0",
            fixture.clock,
            nanos::get,
            Executors.newVirtualThreadPerTaskExecutor(),
            timer);
    streams.listen(fixture.changes);
    server = AgentServer.start(settings, enrolling, streams);
    registration =
        new Registration(
            fixture.clusters,
            fixture.enrollments,
            fixture.pools,
            fixture.fleet,
            authorities,
            settings,
            server::port,
            new SecureRandom(),
            fixture.clock);
  }

  /** A join token of a cluster that is registered. */
  JoinToken token(String cluster) {
    KnownCluster known = fixture.clusters.named(cluster).orElseThrow();
    return registration.rotate(known, Optional.empty(), false, false).token();
  }

  /** What the agent of a cluster calls with; it enrols at the first question. */
  Certified agent(String cluster) {
    return agents.computeIfAbsent(cluster, this::enrolled);
  }

  private Certified enrolled(String cluster) {
    JoinToken token = token(cluster);
    TestAgent agent = TestAgent.create();
    return new Certified(
        agent.key().getPrivate(),
        enrolling
            .enroll(token.secret(), token.cluster().toString(), agent.request(), "")
            .certificate());
  }

  /** A connection with a certificate, or without one. */
  ManagedChannel channel(Optional<Certified> with) throws IOException {
    SslContextBuilder tls =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
    with.ifPresent(certified -> tls.keyManager(certified.key(), certified.certificate()));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("localhost", server.port())
            .sslContext(
                tls.trustManager(InsecureTrustManagerFactory.INSTANCE).protocols("TLSv1.3").build())
            .build();
    channels.add(channel);
    return channel;
  }

  AgentServiceGrpc.AgentServiceBlockingStub blocking(String cluster) throws IOException {
    return blocking(agent(cluster));
  }

  AgentServiceGrpc.AgentServiceBlockingStub blocking(Certified certified) throws IOException {
    return AgentServiceGrpc.newBlockingStub(connection(certified));
  }

  /** The one connection that an agent has for all of its calls. */
  private ManagedChannel connection(Certified certified) throws IOException {
    ManagedChannel known = ofAgents.get(certified);
    if (known != null) {
      return known;
    }
    ManagedChannel made = channel(Optional.of(certified));
    ofAgents.put(certified, made);
    return made;
  }

  AgentServiceGrpc.AgentServiceStub async(String cluster) throws IOException {
    return async(agent(cluster));
  }

  AgentServiceGrpc.AgentServiceStub async(Certified certified) throws IOException {
    return AgentServiceGrpc.newStub(connection(certified));
  }

  AgentServiceGrpc.AgentServiceBlockingStub stranger() throws IOException {
    return AgentServiceGrpc.newBlockingStub(channel(Optional.empty()));
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
    timer.shutdownNow();
  }
}
