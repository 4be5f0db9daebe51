package io.towline.bench;

import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditLog;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Deadline;
import io.towline.testkit.GitRepository;
import io.towline.testkit.HubProcess;
import io.towline.testkit.TowlineCli;
import io.towline.testkit.Workloads;
import io.towline.vocabulary.MetricNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** One hub, one cluster, one bundle of ConfigMaps with 1 kB of random data each. */
final class BenchFleet implements AutoCloseable {
  static final String BUNDLE = "bench";
  private static final String CLUSTER = "bench";
  private static final String SOURCE = "fleet";
  private static final String WEBHOOK_SECRET = "bench-webhook-secret-of-no-value";
  private static final String CONNECTED =
      MetricNames.AGENT_HUB_CONNECTED.replace('.', '_') + " 1.0";
  private static final int DATA_BYTES = 768; // 1 kB in base64

  private final Random random = new Random(20261123);
  private final HttpClient http = HttpClient.newHttpClient();
  private final int objects;
  final GitRepository repository;
  final HubProcess hub;
  final Relay relay;
  final ControlPlane cluster;
  final AgentProcess agent;

  BenchFleet(Path directory, int objects) {
    this.objects = objects;
    repository = GitRepository.create(directory.resolve("fleet"));
    repository.write("README", "bench").commit("begin");
    hub =
        HubProcess.in(directory.resolve("hub"))
            .withSource(SOURCE, repository.fileUrl())
            .with("towline.sources." + SOURCE + ".interval", "PT10M")
            .with("towline.sources." + SOURCE + ".webhook-secret", WEBHOOK_SECRET);
    relay = Relay.to(Integer.parseInt(hub.agentsAddress().split(":", 2)[1]));
    hub.with("towline.agents.advertised-address", "127.0.0.1:" + relay.port()).start();
    cluster = ControlPlane.start(CLUSTER, directory.resolve("cluster"), Workloads.KEPT);
    createNamespace("towline-system");
    createNamespace(BUNDLE);
    agent =
        AgentProcess.in(directory.resolve("agent"), cluster.apiServer().kubeconfig(ApiServer.AGENT))
            .withJoinToken(hub.cli().answer("cluster", "add", CLUSTER, "-o", "token").strip())
            .start();
  }

  private void createNamespace(String name) {
    cluster
        .admin()
        .create(
            "/api/v1/namespaces",
            Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", name)));
  }

  AuditLog audit() {
    return cluster.auditLog();
  }

  /** Writes the bundle's first revision. */
  BenchFleet writeBundle() {
    repository.write(
        "apps/bench/towline.yaml",
        """
        apiVersion: towline.io/v1alpha1
        kind: Bundle
        name: bench
        namespace: bench
        targets:
          - name: all
            clusters: {}
        """);
    writeAll();
    return this;
  }

  /** Makes the bundle a kustomization of the same objects. */
  void writeKustomization() {
    String resources =
        IntStream.range(0, objects)
            .mapToObj(i -> "  - " + name(i) + ".yaml\n")
            .collect(Collectors.joining());
    repository.write("apps/bench/kustomization.yaml", "resources:\n" + resources);
  }

  /** What the API server says it is. */
  String kubernetesVersion() {
    return cluster.admin().get("/version").orElseThrow().path("gitVersion").asText();
  }

  /** Gives every object new data. */
  void writeAll() {
    for (int i = 0; i < objects; i++) {
      writeOne(i);
    }
  }

  /** Gives one object new data. */
  void writeOne(int i) {
    byte[] data = new byte[DATA_BYTES];
    random.nextBytes(data);
    repository.write(
        "apps/bench/" + name(i) + ".yaml",
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %s}
        data: {random: %s}
        """
            .formatted(name(i), Base64.getEncoder().encodeToString(data)));
  }

  static String name(int i) {
    return String.format(Locale.ROOT, "c%04d", i);
  }

  static String path(int i) {
    return "/api/v1/namespaces/" + BUNDLE + "/configmaps/" + name(i);
  }

  /** Commits, calls the webhook, and returns the moment just before the commit was there. */
  Instant push(String message) {
    repository.commit(message);
    Instant pushed = Instant.now();
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(hub.url().resolve(URI.create("/hooks/" + SOURCE)))
            .header("Content-Type", "application/json")
            .header("X-Hub-Signature-256", "sha256=" + hmac(body))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<String> answer = send(request);
    if (answer.statusCode() >= 300) {
      throw new IllegalStateException(
          "the webhook answered " + answer.statusCode() + ": " + answer.body());
    }
    return pushed;
  }

  /** Waits until the agent's own metrics say that its stream is open. */
  void awaitStream(Duration within) {
    HttpRequest metrics = HttpRequest.newBuilder(agent.managementUrl().resolve("/metrics")).build();
    Deadline.in(within).until("the stream is open", () -> send(metrics).body().contains(CONNECTED));
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String hmac(byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(WEBHOOK_SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the hub says that the target is Ready at the revision of the newest commit. */
  void awaitReady() {
    TowlineCli.Result waited =
        hub.cli()
            .run("wait", "target/" + BUNDLE + "@" + CLUSTER, "--for", "ready", "--timeout", "120s");
    if (waited.exitCode() != 0) {
      throw new IllegalStateException("not ready: " + waited.stderr());
    }
  }

  @Override
  public void close() {
    agent.close();
    hub.close();
    relay.close();
    cluster.close();
  }
}
