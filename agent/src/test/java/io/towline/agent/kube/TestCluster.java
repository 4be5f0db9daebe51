package io.towline.agent.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * A real kube-apiserver on a real etcd, on ports of their own, for one test class. The API server
 * can be stopped and started again.
 */
public final class TestCluster implements AutoCloseable {
  private static final String ADMIN = "towline-test-admin-token";
  private static final String PERSON = "towline-test-person-token";
  private static final String AGENT = "towline-test-agent-token";
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path directory;
  private final int etcdPort;
  private final int apiPort;
  private final Process etcd;
  private final HttpClient http;
  private Process apiServer;

  private TestCluster(Path directory) throws Exception {
    this.directory = directory;
    List<Integer> ports = freePorts(3);
    this.etcdPort = ports.get(0);
    this.apiPort = ports.get(2);
    this.http = HttpClient.newBuilder().sslContext(trustAll()).build();
    writeFiles();
    this.etcd =
        start(
            "etcd",
            "--data-dir=" + directory.resolve("etcd"),
            "--unsafe-no-fsync",
            "--listen-client-urls=http://127.0.0.1:" + etcdPort,
            "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
            "--listen-peer-urls=http://127.0.0.1:" + ports.get(1),
            "--initial-advertise-peer-urls=http://127.0.0.1:" + ports.get(1),
            "--initial-cluster=default=http://127.0.0.1:" + ports.get(1),
            "--watch-progress-notify-interval=5s",
            "--log-level=error");
    this.apiServer = startApiServer();
    awaitReady();
  }

  /** Starts a cluster whose files are below that directory. */
  public static TestCluster start(Path directory) throws Exception {
    return new TestCluster(directory);
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0);
      sockets.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  private void writeFiles() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    Files.writeString(
        directory.resolve("sa.key"), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    Files.writeString(
        directory.resolve("sa.pub"), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    Files.writeString(
        directory.resolve("tokens.csv"),
        ADMIN
            + ",admin,1,\"system:masters\"\n"
            + PERSON
            + ",alice,2,\"system:masters\"\n"
            + AGENT
            + ",agent,3,\"system:masters\"\n");
    Files.writeString(
        directory.resolve("audit.yaml"),
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived,"
            + " ResponseStarted]\nrules:\n- level: Metadata\n  users: [agent]\n- level: None\n");
    Files.writeString(kubeconfig(), kubeconfigOf(AGENT));
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  private String kubeconfigOf(String token) {
    return """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters:
        - name: test
          cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}
        users:
        - name: test
          user: {token: "%s"}
        contexts:
        - name: test
          context: {cluster: test, user: test}
        """
        .formatted(apiPort, token);
  }

  /** A kubeconfig of the user {@code agent}. */
  public Path kubeconfig() {
    return directory.resolve("kubeconfig");
  }

  /** A kubeconfig of the user {@code agent} that goes through another port of this host. */
  public Path kubeconfigVia(int port) throws IOException {
    Path file = directory.resolve("kubeconfig-" + port);
    Files.writeString(
        file, kubeconfigOf(AGENT).replace("127.0.0.1:" + apiPort, "127.0.0.1:" + port));
    return file;
  }

  public int apiPort() {
    return apiPort;
  }

  private Process start(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Programs.path(program).toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve(program + ".log").toFile()))
        .start();
  }

  private Process startApiServer() throws IOException {
    return start(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--secure-port=" + apiPort,
        "--bind-address=127.0.0.1",
        "--cert-dir=" + directory.resolve("certificates"),
        "--service-account-key-file=" + directory.resolve("sa.pub"),
        "--service-account-signing-key-file=" + directory.resolve("sa.key"),
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--token-auth-file=" + directory.resolve("tokens.csv"),
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        "--audit-policy-file=" + directory.resolve("audit.yaml"),
        "--audit-log-path=" + directory.resolve("audit.log"),
        "--etcd-compaction-interval=0",
        "--v=1");
  }

  private void awaitReady() throws Exception {
    Instant deadline = Instant.now().plus(START_LIMIT);
    while (Instant.now().isBefore(deadline)) {
      if (!apiServer.isAlive()) {
        throw new IllegalStateException(
            "kube-apiserver ended: see " + directory.resolve("kube-apiserver.log"));
      }
      try {
        if (send(ADMIN, "GET", "/readyz", Optional.empty(), "text/plain").statusCode() == 200
            && send(ADMIN, "GET", "/api/v1/namespaces/default", Optional.empty(), "text/plain")
                    .statusCode()
                == 200) {
          return;
        }
      } catch (IOException notYet) {
        // It is still starting.
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("kube-apiserver is not ready in " + START_LIMIT);
  }

  /** Stops the API server; etcd keeps the state. */
  public void stopApiServer() throws InterruptedException {
    apiServer.destroy();
    if (!apiServer.waitFor(15, TimeUnit.SECONDS)) {
      apiServer.destroyForcibly().waitFor();
    }
  }

  /** Kills the API server without a goodbye to anyone. */
  public void killApiServer() throws InterruptedException {
    apiServer.destroyForcibly().waitFor();
  }

  public void startApiServerAgain() throws Exception {
    apiServer = startApiServer();
    awaitReady();
  }

  /** Lets etcd forget everything up to now, so that older watches cannot go on. */
  public void compact(String resourceVersion) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + etcdPort + "/v3/kv/compaction"))
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"revision\":" + resourceVersion + ",\"physical\":true}"))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException("etcd said " + response.body());
    }
  }

  /** An object as it is. */
  public JsonNode get(String path) throws Exception {
    return json(send(ADMIN, "GET", path, Optional.empty(), "application/json"));
  }

  /** The code that getting something gives. */
  public int code(String path) throws Exception {
    return send(ADMIN, "GET", path, Optional.empty(), "application/json").statusCode();
  }

  /** Creates what the body says, as an administrator. */
  public JsonNode post(String path, String body) throws Exception {
    return json(send(ADMIN, "POST", path, Optional.of(body), "application/json"));
  }

  /** Waits until creating that is answered with one of two codes. */
  public void awaitCode(int code, int orCode, String path, String body) throws Exception {
    Instant deadline = Instant.now().plus(START_LIMIT);
    while (Instant.now().isBefore(deadline)) {
      int answered = send(ADMIN, "POST", path, Optional.of(body), "application/json").statusCode();
      if (answered == code || answered == orCode) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException(path + " is never answered so");
  }

  /** A person's merge patch, under a field manager of their choice. */
  public JsonNode patch(String path, String manager, String body) throws Exception {
    return json(
        send(
            PERSON,
            "PATCH",
            path + (path.contains("?") ? "&" : "?") + "fieldManager=" + manager,
            Optional.of(body),
            "application/merge-patch+json"));
  }

  /** Another tool's server-side apply. */
  public JsonNode apply(String path, String manager, String body) throws Exception {
    return json(
        send(
            PERSON,
            "PATCH",
            path + "?force=true&fieldManager=" + manager,
            Optional.of(body),
            "application/apply-patch+yaml"));
  }

  public JsonNode put(String path, String manager, String body) throws Exception {
    return json(
        send(
            PERSON,
            "PUT",
            path + "?fieldManager=" + manager,
            Optional.of(body),
            "application/json"));
  }

  public void delete(String path) throws Exception {
    json(send(PERSON, "DELETE", path, Optional.empty(), "application/json"));
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    if (response.statusCode() >= 300) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
    return MAPPER.readTree(response.body());
  }

  private HttpResponse<String> send(
      String token, String method, String path, Optional<String> body, String contentType)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + apiPort + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", contentType)
            .timeout(Duration.ofSeconds(30))
            .method(
                method,
                body.map(HttpRequest.BodyPublishers::ofString)
                    .orElse(HttpRequest.BodyPublishers.noBody()))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** What the user {@code agent} asked for since the audit log had that many lines. */
  public List<JsonNode> audit(long since) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    try (Stream<String> lines = Files.lines(directory.resolve("audit.log"))) {
      for (String line : lines.skip(since).toList()) {
        events.add(MAPPER.readTree(line));
      }
    }
    return events;
  }

  /** Lines of the audit log. */
  public long auditLines() throws IOException {
    Path log = directory.resolve("audit.log");
    if (!Files.exists(log)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(log)) {
      return lines.count();
    }
  }

  private static SSLContext trustAll() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        null,
        new TrustManager[] {
          new javax.net.ssl.X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(
                X509Certificate[] chain, String type, java.net.Socket socket) {}

            @Override
            public void checkServerTrusted(
                X509Certificate[] chain, String type, java.net.Socket socket) {}

            @Override
            public void checkClientTrusted(
                X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

            @Override
            public void checkServerTrusted(
                X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
              return new X509Certificate[0];
            }
          }
        },
        new SecureRandom());
    return context;
  }

  @Override
  public void close() throws InterruptedException {
    apiServer.destroyForcibly().waitFor();
    etcd.destroyForcibly().waitFor();
  }
}
