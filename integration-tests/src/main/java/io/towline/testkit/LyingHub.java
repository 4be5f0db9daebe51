package io.towline.testkit;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.towline.agent.v1.Want;
import io.towline.envelope.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;

/**
 * A hub that offers one agent exactly the bytes that a test wants, over the real API and real TLS,
 * and notes what the agent makes of them. It keeps to the API except where an {@link Offer} says
 * otherwise. Thread-safe.
 */
public final class LyingHub implements AutoCloseable {

  private static final int SECRET_BYTES = 32;

  /** Kept, since loggers are not: a reader that hangs up in the middle is no news here. */
  private static final Logger TRANSPORT = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

  private final Forge forge;
  private final HubAuthority authority;
  private final String secret;
  private final int port;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ShownCertificate shown;
  private final CallGate gate;
  private final LyingService service;
  private final Server server;

  private LyingHub(Forge forge, HubAuthority authority, String secret, int port) {
    this.forge = forge;
    this.authority = authority;
    this.secret = secret;
    this.port = port;
    this.shown = new ShownCertificate(authority.hub(forge.fleet()));
    TRANSPORT.setLevel(Level.SEVERE);
    this.gate = new CallGate();
    this.service =
        new LyingService(
            threads,
            List.of(Forge.signed(forge.root(), forge.rootKey())),
            new LyingEnrolment(authority, forge, secret));
    try {
      this.server =
          NettyServerBuilder.forAddress(Ports.onLoopback(port))
              .sslContext(
                  GrpcSslContexts.configure(SslContextBuilder.forServer(shown), SslProvider.JDK)
                      .trustManager(authority.certificate())
                      .clientAuth(ClientAuth.OPTIONAL)
                      .protocols("TLSv1.3")
                      .build())
              .executor(threads)
              .addService(ServerInterceptors.intercept(service, gate))
              .build()
              .start();
    } catch (SSLException e) {
      throw new IllegalStateException("this JVM has no TLS 1.3", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A hub on a free port, with an authority and a secret of its own. */
  public static LyingHub start(Forge forge) {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    return new LyingHub(
        forge,
        HubAuthority.create(),
        Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
        Ports.free());
  }

  /**
   * Somebody at the address of this hub, who knows everything but its authority's key. This one has
   * to be closed before.
   */
  public LyingHub impostor() {
    return new LyingHub(forge, HubAuthority.create(), secret, port);
  }

  /** This hub once more, with nothing on offer and nothing heard. It has to be closed before. */
  public LyingHub again() {
    return new LyingHub(forge, authority, secret, port);
  }

  /** What the agent joins with. */
  public String joinToken() {
    return forge.joinToken("127.0.0.1:" + port, authority.pin(), secret).encode();
  }

  /** Offers this from now on, at once to whoever follows. */
  public void offer(Offer offer) {
    service.offer(offer);
  }

  /** Has these roots from now on, and ends the streams, so that the agent hears of them. */
  public void publishRoots(List<byte[]> roots) {
    service.publishRoots(roots);
  }

  /** Waits until an agent follows. */
  public void awaitFollower(Duration within) {
    service.awaitFollower(within);
  }

  /** What the agent reports. */
  public HeardReports heard() {
    return service.heard();
  }

  /** How a body was asked for, in that order; a resumed fetch asks again. */
  public List<Want> wants(Digest body) {
    return service.wants(body);
  }

  /** Bytes of encoded bodies that were handed to the transport since the start. */
  public long bytesSent() {
    return service.bytesSent();
  }

  /** Calls that came with a certificate or to get one, and calls that came without. */
  public CallGate.Calls calls() {
    return gate.calls();
  }

  /** How often somebody connected and was shown the hub's certificate. */
  public long handshakes() {
    return shown.count();
  }

  @Override
  public void close() {
    server.shutdownNow();
    service.close();
    try {
      boolean unused = server.awaitTermination(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }
}
