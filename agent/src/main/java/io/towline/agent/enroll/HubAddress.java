package io.towline.agent.enroll;

/** Where a hub serves its agents. */
public record HubAddress(String host, int port) {
  private static final int DEFAULT_PORT = 443;

  /** Reads {@code host:port}, where an IPv6 address stands in brackets. */
  public static HubAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return new HubAddress(
        bracketed ? host.substring(1, host.length() - 1) : host,
        colon < 0 ? DEFAULT_PORT : Integer.parseInt(text.substring(colon + 1)));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
