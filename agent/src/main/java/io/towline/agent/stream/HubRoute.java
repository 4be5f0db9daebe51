package io.towline.agent.stream;

import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ProxyDetector;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.HubAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How a hub is reached: directly, or through an HTTP proxy by CONNECT (RFC 9110, section 9.3.6).
 * TLS is the agent's own in both cases. Immutable.
 */
public final class HubRoute {
  /** Through nobody. */
  public static final HubRoute DIRECT = new HubRoute(Optional.empty(), List.of());

  private static final int DEFAULT_PROXY_PORT = 3128;
  private static final int MAX_ANSWER_BYTES = 8 * 1024;

  private final Optional<Proxy> proxy;
  private final List<Predicate<String>> direct;

  /** A proxy, and who the agent is to it. Its text shows no secret. */
  public record Proxy(String host, int port, Optional<String> user, Optional<String> password) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  private HubRoute(Optional<Proxy> proxy, List<Predicate<String>> direct) {
    this.proxy = proxy;
    this.direct = direct;
  }

  /**
   * As it is configured.
   *
   * @throws EnrollException if what names the proxy, or who is called directly, cannot be read
   */
  public static HubRoute of(StreamConfig config) {
    return new HubRoute(
        config.proxy().map(HubRoute::parse),
        config.noProxy().orElse(List.of()).stream()
            .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
            .filter(entry -> !entry.isEmpty())
            .map(HubRoute::covering)
            .toList());
  }

  private static Proxy parse(String text) {
    try {
      // The variables of other programs often leave the scheme out.
      URI uri = URI.create(text.contains("://") ? text : "http://" + text);
      if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
        throw new IllegalArgumentException("not http://HOST:PORT");
      }
      String host = uri.getHost().replaceAll("[\\[\\]]", "");
      Optional<String> who = Optional.ofNullable(uri.getUserInfo());
      return new Proxy(
          host,
          uri.getPort() < 0 ? DEFAULT_PROXY_PORT : uri.getPort(),
          who.map(w -> w.split(":", 2)[0]),
          who.map(w -> w.contains(":") ? w.split(":", 2)[1] : ""));
    } catch (IllegalArgumentException e) {
      // Not its cause: that would tell the password.
      throw new EnrollException(
          "towline.stream.proxy, or HTTPS_PROXY where that is empty, has to be"
              + " http://HOST:PORT, with USER:PASSWORD@ before the host if the proxy asks for it");
    }
  }

  /** The proxy that leads to a hub; empty if it is called directly. */
  public Optional<Proxy> proxyTo(HubAddress hub) {
    String host = hub.host().toLowerCase(Locale.ROOT);
    return proxy.filter(p -> direct.stream().noneMatch(covered -> covered.test(host)));
  }

  /** One entry of NO_PROXY, read as every program reads it: a name covers those below it. */
  private static Predicate<String> covering(String entry) {
    if (entry.equals("*")) {
      return host -> true;
    }
    if (entry.contains("/")) {
      IpSubnetFilterRule block = block(entry);
      return host -> isAddress(host) && block.matches(new InetSocketAddress(host, 0));
    }
    String name = entry.startsWith(".") ? entry.substring(1) : entry;
    return host -> host.equals(name) || host.endsWith("." + name);
  }

  private static IpSubnetFilterRule block(String text) {
    try {
      return new IpSubnetFilterRule(text, IpFilterRuleType.REJECT);
    } catch (IllegalArgumentException e) {
      throw new EnrollException(
          "towline.stream.no-proxy, or NO_PROXY where that is empty, has "
              + text
              + ", which is no block of addresses",
          e);
    }
  }

  private static boolean isAddress(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }

  /** The same for gRPC, which asks before it looks the hub's name up. */
  ProxyDetector detector(HubAddress hub) {
    Optional<Proxy> used = proxyTo(hub);
    return target ->
        used.isEmpty()
            ? null
            : HttpConnectProxiedSocketAddress.newBuilder()
                .setTargetAddress((InetSocketAddress) target)
                .setProxyAddress(resolved(used.get()))
                .setUsername(used.get().user().orElse(null))
                .setPassword(used.get().password().orElse(null))
                .build();
  }

  private static InetSocketAddress resolved(Proxy proxy) throws UnknownHostException {
    InetSocketAddress address = new InetSocketAddress(proxy.host(), proxy.port());
    if (address.isUnresolved()) {
      throw new UnknownHostException("the proxy " + proxy.host() + " has no address");
    }
    return address;
  }

  /**
   * A connection whose bytes reach the hub.
   *
   * @throws IOException if nobody is there, or the proxy refuses
   */
  Socket open(HubAddress hub, Duration timeout) throws IOException {
    int millis = (int) timeout.toMillis();
    Optional<Proxy> used = proxyTo(hub);
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(millis);
      if (used.isEmpty()) {
        socket.connect(new InetSocketAddress(hub.host(), hub.port()), millis);
      } else {
        socket.connect(resolved(used.get()), millis);
        askThrough(socket, used.get(), hub);
      }
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void askThrough(Socket socket, Proxy proxy, HubAddress hub) throws IOException {
    String authority =
        (hub.host().contains(":") ? "[" + hub.host() + "]" : hub.host()) + ":" + hub.port();
    StringBuilder request = new StringBuilder();
    request.append("CONNECT ").append(authority).append(" HTTP/1.1\r\n");
    request.append("Host: ").append(authority).append("\r\n");
    proxy
        .user()
        .ifPresent(
            user -> {
              byte[] who =
                  (user + ":" + proxy.password().orElse("")).getBytes(StandardCharsets.UTF_8);
              request.append("Proxy-Authorization: Basic ");
              request.append(Base64.getEncoder().encodeToString(who)).append("\r\n");
            });
    request.append("\r\n");
    socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
    String status = head(socket.getInputStream()).lines().findFirst().orElse("");
    if (!status.matches("HTTP/1\\.[01] 2\\d\\d.*")) {
      throw new IOException("it answered " + (status.isEmpty() ? "nothing" : status));
    }
  }

  /** Byte by byte: what follows is the hub's. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < MAX_ANSWER_BYTES && head.indexOf("\r\n\r\n") < 0) {
      int read = in.read();
      if (read < 0) {
        break;
      }
      head.append((char) read);
    }
    return head.toString();
  }
}
