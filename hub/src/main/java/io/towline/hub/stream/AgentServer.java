package io.towline.hub.stream;

import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.Enrolling;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The agents' port: gRPC over TLS 1.3 and nothing else, with every limit set, because grpc-java has
 * none by default for resets and concurrent calls. Thread-safe.
 */
public final class AgentServer implements AutoCloseable {
  private static final int RESET_WINDOW_SECONDS = 30;

  /** A connection that says nothing is asked whether it lives, and closed if it does not. */
  private static final int PING_SECONDS = 30;

  private static final int PING_TIMEOUT_SECONDS = 20;

  /** How long agents have to take the end of their calls, before their connections are cut. */
  private static final int DRAIN_SECONDS = 2;

  /** How long what a call was doing, a write above all, has to come to its end. */
  private static final int STOP_SECONDS = 5;

  private final Server server;
  private final AgentStreams streams;
  private final ExecutorService executor;

  private AgentServer(Server server, AgentStreams streams, ExecutorService executor) {
    this.server = server;
    this.streams = streams;
    this.executor = executor;
  }

  /**
   * Listens from now on.
   *
   * @throws IOException if the port is taken or the TLS cannot be set up
   */
  public static AgentServer start(
      AgentsSettings settings, Enrolling enrolling, AgentStreams streams) throws IOException {
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    Server server = build(settings, enrolling, streams, executor);
    try {
      server.start();
    } catch (IOException e) {
      executor.shutdown();
      throw new IOException(
          "The agents' port " + settings.port() + " (towline.agents.port) cannot be opened", e);
    }
    return new AgentServer(server, streams, executor);
  }

  private static Server build(
      AgentsSettings settings, Enrolling enrolling, AgentStreams streams, Executor executor)
      throws IOException {
    AgentsSettings.Limits limits = settings.limits();
    Connections connections = new Connections();
    SslContext ssl =
        GrpcSslContexts.configure(
                SslContextBuilder.forServer(enrolling.serverCertificate()), SslProvider.JDK)
            .trustManager(enrolling.clientCertificates())
            // Enroll comes without one; every other call is refused there.
            .clientAuth(ClientAuth.OPTIONAL)
            .protocols("TLSv1.3")
            .build();
    return NettyServerBuilder.forPort(settings.port())
        .sslContext(ssl)
        .executor(executor)
        .addService(streams)
        // The interceptor that is added last is asked first.
        .intercept(connections)
        .intercept(new Authentication(enrolling))
        .addTransportFilter(connections)
        .maxInboundMessageSize(limits.messageBytes())
        .maxInboundMetadataSize(limits.metadataBytes())
        .maxConcurrentCallsPerConnection(limits.callsPerConnection())
        .maxRstFramesPerWindow(limits.resetsPerWindow(), RESET_WINDOW_SECONDS)
        .permitKeepAliveTime(limits.keepAlivePermitted().toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true)
        .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(PING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        // grpc-java itself spreads this by ±10 %.
        .maxConnectionAge(limits.connectionAge().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAgeGrace(limits.connectionAgeGrace().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionIdle(limits.connectionIdle().toMillis(), TimeUnit.MILLISECONDS)
        .handshakeTimeout(limits.handshake().toMillis(), TimeUnit.MILLISECONDS)
        .build();
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  /**
   * Stops listening and ends all calls as UNAVAILABLE, so that agents go elsewhere at once. Returns
   * when what the calls were doing is done: a report that was being stored is stored. An agent that
   * does not read is cut off after {@value #DRAIN_SECONDS} s. Idempotent.
   */
  @Override
  public void close() {
    server.shutdown();
    streams.stop();
    try {
      if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
        server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      }
      // Only now: what ends the calls runs on it.
      executor.shutdown();
      executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      server.shutdownNow();
      executor.shutdown();
    }
  }
}
