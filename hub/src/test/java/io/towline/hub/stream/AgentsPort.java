package io.towline.hub.stream;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.AgentsTls;
import io.towline.hub.enroll.Credentials;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.Settings;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** The real agents' server over TLS on a free port, with clients that pin its key. */
final class AgentsPort implements AutoCloseable {
  final AtomicLong nanos = new AtomicLong(1);
  final AgentStreams streams;
  final AgentServer server;
  final AgentsTls tls;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Map<String, ManagedChannel> ofAgents = new HashMap<>();

  AgentsPort(FleetFixture fixture, Path directory, ReportSink sink) throws IOException {
    AgentsSettings settings = Settings.of(AgentsSettings.class, Map.of("towline.agents.port", "0"));
    tls = AgentsTls.open(directory, new SecureRandom(), fixture.clock);
    AgentQueries queries = new AgentQueries(fixture.database);
    streams =
        new AgentStreams(
            queries,
            fixture.fleet,
            fixture.bodies,
            sink,
            settings,
            "0.1.0",
            fixture.clock,
            nanos::get,
            Executors.newVirtualThreadPerTaskExecutor(),
            timer);
    streams.listen(fixture.changes);
    server =
        AgentServer.start(settings, tls, new Credentials(queries, new SecureRandom()), streams);
  }

  ManagedChannel channel() throws IOException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("localhost", server.port())
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(new Pinned(tls.pin()))
                    .protocols("TLSv1.3")
                    .build())
            .build();
    channels.add(channel);
    return channel;
  }

  AgentServiceGrpc.AgentServiceBlockingStub blocking(String secret) throws IOException {
    return AgentServiceGrpc.newBlockingStub(connection(secret))
        .withCallCredentials(new Bearer(secret));
  }

  /** The one connection that an agent has for all of its calls. */
  private ManagedChannel connection(String secret) throws IOException {
    ManagedChannel known = ofAgents.get(secret);
    if (known != null) {
      return known;
    }
    ManagedChannel made = channel();
    ofAgents.put(secret, made);
    return made;
  }

  AgentServiceGrpc.AgentServiceStub async(String secret) throws IOException {
    return AgentServiceGrpc.newStub(connection(secret)).withCallCredentials(new Bearer(secret));
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
    timer.shutdownNow();
  }

  static final class Bearer extends CallCredentials {
    private final String secret;

    Bearer(String secret) {
      this.secret = secret;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + secret);
      applier.apply(headers);
    }
  }

  /** Trusts the one key, as an agent does. */
  private static final class Pinned extends X509ExtendedTrustManager {
    private final String pin;

    Pinned(String pin) {
      this.pin = pin;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (!AgentsTls.pinOf(chain[0]).equals(pin)) {
        throw new CertificateException("another key");
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
