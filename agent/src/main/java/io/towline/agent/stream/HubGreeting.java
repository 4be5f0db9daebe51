package io.towline.agent.stream;

import io.towline.agent.enroll.HubAddress;
import io.towline.envelope.HubToken;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * Goes to the hub's door and looks who opens, as an agent would that has not enrolled yet. Nothing
 * is asked and nothing is used up.
 */
public final class HubGreeting {
  private static final String[] TLS = {"TLSv1.3"};
  private static final String[] HTTP2 = {"h2"};

  private HubGreeting() {}

  /** What was met at the address of a join token. */
  public enum Met {
    /** The hub that the token means. */
    THE_HUB,
    /** It, but its certificate is not valid by this clock. */
    ANOTHER_TIME,
    /** Somebody who is not it. */
    A_STRANGER
  }

  /**
   * Shakes hands.
   *
   * @throws IOException if nobody is reached, or a proxy refuses; a handshake that fails is no such
   *     case
   */
  public static Met greet(HubToken token, HubRoute route, InstantSource clock, Duration timeout)
      throws IOException {
    HubAddress hub = HubAddress.parse(token.hub());
    try (Socket socket = route.open(hub, timeout)) {
      return shakeHands(socket, hub, trusting(token, clock));
    }
  }

  private static SSLContext trusting(HubToken token, InstantSource clock) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          null,
          new TrustManager[] {new PinnedTrustManager(token.authorities(), token.fleet(), clock)},
          new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform has no TLS 1.3", e);
    }
  }

  private static Met shakeHands(Socket socket, HubAddress hub, SSLContext context) {
    try (SSLSocket tls =
        (SSLSocket) context.getSocketFactory().createSocket(socket, hub.host(), hub.port(), true)) {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setProtocols(TLS);
      parameters.setApplicationProtocols(HTTP2);
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      return Met.THE_HUB;
    } catch (IOException e) {
      return isOfTime(e) ? Met.ANOTHER_TIME : Met.A_STRANGER;
    }
  }

  private static boolean isOfTime(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException
          || cause instanceof CertificateNotYetValidException) {
        return true;
      }
    }
    return false;
  }
}
