package io.towline.hub.render;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * As much of an API server as kubectl needs for a client-side dry run: which kinds there are. It
 * knows ConfigMap and a kind called Odd.
 */
final class DiscoveryServer implements AutoCloseable {
  private static final Map<String, String> ANSWERS =
      Map.of(
          "/api",
          """
          {"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[]}
          """,
          "/apis",
          """
          {"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"odd.example.com",
          "versions":[{"groupVersion":"odd.example.com/v1","version":"v1"}],
          "preferredVersion":{"groupVersion":"odd.example.com/v1","version":"v1"}}]}
          """,
          "/api/v1",
          resources("v1", "configmaps", "ConfigMap"),
          "/apis/odd.example.com/v1",
          resources("odd.example.com/v1", "odds", "Odd"));

  private final HttpServer server;

  private DiscoveryServer(HttpServer server) {
    this.server = server;
  }

  static DiscoveryServer start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String answer = ANSWERS.getOrDefault(exchange.getRequestURI().getPath(), "{}");
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(answer.equals("{}") ? 404 : 200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    return new DiscoveryServer(server);
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private static String resources(String groupVersion, String plural, String kind) {
    return """
        {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"%s","resources":[
        {"name":"%s","singularName":"%s","namespaced":true,"kind":"%s","verbs":["create","get"]}]}
        """
        .formatted(groupVersion, plural, kind.toLowerCase(Locale.ROOT), kind);
  }
}
