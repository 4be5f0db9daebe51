package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A mutating admission webhook on loopback, with a certificate of its own: what it is given to
 * decide with says how each object is changed on its way into an API server. Thread-safe.
 */
public final class AdmissionServer implements AutoCloseable {

  private static final int HTTP_OK = 200;
  private static final Duration HEARD_WITHIN = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final char[] PASSWORD = "test bed".toCharArray();

  /**
   * One step of a JSON patch (RFC 6902).
   *
   * @param op add or replace
   */
  public record Step(String op, String path, Object value) {}

  private final Function<JsonNode, List<Step>> change;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicLong reviews = new AtomicLong();
  private final String authority;

  private AdmissionServer(KeyStore keys, Function<JsonNode, List<Step>> change)
      throws IOException, GeneralSecurityException {
    this.change = change;
    this.authority = pem(keys);
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.setExecutor(threads);
    server.createContext("/", this::review);
    server.start();
  }

  /**
   * Starts one.
   *
   * @param directory for its key
   * @param change how an object is changed, from the request of its review
   */
  public static AdmissionServer start(Path directory, Function<JsonNode, List<Step>> change) {
    try {
      return new AdmissionServer(keys(Files.createDirectories(directory)), change);
    } catch (IOException e) {
      throw new UncheckedIOException("no admission server", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no admission server", e);
    }
  }

  private static KeyStore keys(Path directory) throws IOException, GeneralSecurityException {
    Path store = directory.resolve("admission.p12");
    String password = new String(PASSWORD);
    LocalProcess keytool =
        LocalProcess.start(
            LocalProcess.Launch.of(
                    "keytool", directory, Path.of(System.getProperty("java.home"), "bin/keytool"))
                .with("-genkeypair", "-alias", "admission", "-keyalg", "EC")
                .with("-groupname", "secp256r1", "-dname", "CN=admission of the test bed")
                .with("-ext", "san=ip:127.0.0.1", "-ext", "bc:c=ca:true", "-storetype", "PKCS12")
                .with("-storepass", password, "-keystore", store.toString()));
    if (keytool.awaitExit(HEARD_WITHIN) != 0) {
      throw keytool.failure("made no certificate");
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }

  private static String pem(KeyStore keys) throws GeneralSecurityException {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder().encodeToString(keys.getCertificate("admission").getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }

  /**
   * Puts it in the way of everything that is written in a namespace, and waits until the API server
   * asks it.
   *
   * @param rules of a MutatingWebhookConfiguration; one of them has to take ConfigMaps
   */
  public void register(KubeClient admin, String namespace, List<Map<String, Object>> rules) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", "admission.towline.example");
    all.put("sideEffects", "None");
    all.put("admissionReviewVersions", List.of("v1"));
    all.put(
        "clientConfig",
        Map.of(
            "url",
            "https://127.0.0.1:" + server.getAddress().getPort() + "/",
            "caBundle",
            Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.UTF_8))));
    all.put(
        "namespaceSelector",
        Map.of("matchLabels", Map.of("kubernetes.io/metadata.name", namespace)));
    all.put("rules", rules);
    admin.create(
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        Map.of(
            "apiVersion",
            "admissionregistration.k8s.io/v1",
            "kind",
            "MutatingWebhookConfiguration",
            "metadata",
            Map.of("name", "admission.towline.example"),
            "webhooks",
            List.of(all)));
    long before = reviews.get();
    Deadline.in(HEARD_WITHIN)
        .until(
            "the API server asks its webhook",
            () -> {
              admin.create(
                  "/api/v1/namespaces/" + namespace + "/configmaps?dryRun=All",
                  Map.of(
                      "apiVersion", "v1",
                      "kind", "ConfigMap",
                      "metadata", Map.of("name", "is-anybody-there")));
              return reviews.get() > before;
            });
  }

  /** A rule for {@link #register}: what is created and updated of one kind. */
  public static Map<String, Object> rule(String group, String resource) {
    return Map.of(
        "apiGroups", List.of(group),
        "apiVersions", List.of("*"),
        "operations", List.of("CREATE", "UPDATE"),
        "resources", List.of(resource));
  }

  /** How often it was asked so far. */
  public long reviews() {
    return reviews.get();
  }

  private void review(HttpExchange exchange) throws IOException {
    reviews.incrementAndGet();
    try (exchange) {
      JsonNode request = JSON.readTree(exchange.getRequestBody()).path("request");
      List<Step> steps = change.apply(request);
      Map<String, Object> response = new LinkedHashMap<>();
      response.put("uid", request.path("uid").asText());
      response.put("allowed", true);
      if (!steps.isEmpty()) {
        response.put("patchType", "JSONPatch");
        response.put("patch", Base64.getEncoder().encodeToString(JSON.writeValueAsBytes(steps)));
      }
      byte[] answer =
          JSON.writeValueAsBytes(
              Map.of(
                  "apiVersion", "admission.k8s.io/v1",
                  "kind", "AdmissionReview",
                  "response", response));
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(HTTP_OK, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
