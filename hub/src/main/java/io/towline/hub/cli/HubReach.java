package io.towline.hub.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** The way from here to a hub, before anything is said: its name, its port, its certificate. */
final class HubReach {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A certificate that ends sooner should have been renewed. */
  private static final Duration SOON = Duration.ofDays(14);

  private final Hub.Address address;
  private final Instant now;

  HubReach(Hub.Address address, Instant now) {
    this.address = address;
    this.now = now;
  }

  /** Looks as far as it gets; true if all of the way is good. */
  boolean look(CheckReport report) {
    Finding name = name();
    report.add(name);
    if (name.verdict() == Finding.Verdict.FAILED) {
      return false;
    }
    Finding port =
        port(
            address.host(),
            address.port(),
            "check TOWLINE_HUB, that the hub runs, and what stands between: firewall, ingress,"
                + " port-forward");
    report.add(port);
    if (port.verdict() == Finding.Verdict.FAILED || !address.tls()) {
      return port.verdict() != Finding.Verdict.FAILED;
    }
    Finding tls = tls();
    report.add(tls);
    return tls.verdict() != Finding.Verdict.FAILED;
  }

  private Finding name() {
    try {
      return Finding.good(
          Check.HUB_NAME,
          address.host()
              + " is "
              + Arrays.stream(InetAddress.getAllByName(address.host()))
                  .map(InetAddress::getHostAddress)
                  .collect(Collectors.joining(", ")));
    } catch (UnknownHostException e) {
      return Finding.failed(
          Check.HUB_NAME,
          address.host() + " has no address here",
          "check TOWLINE_HUB for a typing error, and this machine's DNS");
    }
  }

  /**
   * Whether somebody listens there.
   *
   * @throws IllegalArgumentException if there is no such port
   */
  static Finding port(String host, int port, String remedy) {
    InetSocketAddress there = new InetSocketAddress(host, port);
    try (Socket socket = new Socket()) {
      socket.connect(there, (int) PATIENCE.toMillis());
      return Finding.good(Check.HUB_PORT, host + ":" + port + " answers");
    } catch (IOException e) {
      String why = there.isUnresolved() ? "the name has no address" : e.getMessage();
      return Finding.failed(Check.HUB_PORT, host + ":" + port + " does not answer: " + why, remedy);
    }
  }

  private Finding tls() {
    try (SSLSocket socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket()) {
      socket.connect(
          new InetSocketAddress(address.host(), address.port()), (int) PATIENCE.toMillis());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      Instant end =
          ((X509Certificate) socket.getSession().getPeerCertificates()[0])
              .getNotAfter()
              .toInstant();
      String until = socket.getSession().getProtocol() + ", good until " + Views.atSeconds(end);
      return end.isAfter(now.plus(SOON))
          ? Finding.good(Check.HUB_TLS, until)
          : Finding.warning(
              Check.HUB_TLS, until, "renew the certificate of the ingress, or of tls in the chart");
    } catch (IOException e) {
      return Finding.failed(
          Check.HUB_TLS,
          "not accepted: " + e.getMessage(),
          "give the hub, or what stands before it, a certificate for "
              + address.host()
              + " of an authority that this machine's Java trusts"
              + " (JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=... for one of your own)");
    }
  }
}
