package io.towline.hub.show;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Plain HTTP is for loopback, and for behind an ingress when someone said so: bearer tokens would
 * travel in clear text otherwise. Pure.
 *
 * @param host the address that the people's port listens on
 * @param plain whether it serves plain HTTP
 * @param allowed {@code towline.show.allow-insecure}
 */
public record PlainHttpRule(String host, boolean plain, boolean allowed) {
  /** What is wrong and which property decides; empty if nothing is. */
  public Optional<String> breach() {
    if (!plain || allowed || isLoopback(host)) {
      return Optional.empty();
    }
    return Optional.of(
        "quarkus.http.host is "
            + host
            + " and serves plain HTTP: tokens would travel in clear text. Configure TLS"
            + " (quarkus.http.tls-configuration-name and quarkus.http.insecure-requests=disabled),"
            + " or set towline.show.allow-insecure=true where an ingress with TLS stands before"
            + " it.");
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
