package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.charts.ChartReference;
import io.towline.images.ImageFiles;
import io.towline.images.Recipe;
import io.towline.images.Tarball;
import io.towline.testkit.ApiServer;
import io.towline.testkit.Checkout;
import io.towline.testkit.Conditions;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.GitHttpServer;
import io.towline.testkit.GitRepository;
import io.towline.testkit.Helm;
import io.towline.testkit.KubeClient;
import io.towline.testkit.Node;
import io.towline.testkit.NodeNetwork;
import io.towline.testkit.Tools;
import io.towline.testkit.TowlineCli;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * A cluster with a real node, on which hub and agent are installed by their charts from the images
 * of {@code make images}, with the line that the command line prints. Not thread-safe.
 */
final class RealCluster implements AutoCloseable {
  /** Runs forever; with an address as its argument it answers HTTP there. */
  static final String WAITER = "towline.test/waiter:1";

  static final String NAME = "real";
  static final String AGENT_NAMESPACE = Names.DEFAULT_AGENT_NAMESPACE;
  static final String HUB_NAMESPACE = "towline-hub";
  static final Duration SOON = Duration.ofMinutes(3);

  private static final int PEOPLE_PORT = 30080;
  private static final int AGENTS_PORT = 30443;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final NodeNetwork network;
  private final ControlPlane controlPlane;
  private final GitRepository repository;
  private final GitHttpServer git;
  private final Helm helm;
  private final Path directory;
  private final Node node;

  /** Starts it with nothing installed. */
  RealCluster(Path directory) throws IOException {
    this.directory = directory;
    network = opened(NodeNetwork.lay());
    controlPlane = opened(ControlPlane.start(NAME, directory.resolve("control-plane"), network));
    node =
        opened(
            Node.start(
                controlPlane.apiServer(),
                network,
                directory.resolve("node"),
                List.of(
                    waiter(directory),
                    Checkout.image("towline-hub"),
                    Checkout.image("towline-agent-jvm")),
                WAITER));
    List.of("first", "second").forEach(name -> node.addVolume(name, "20Gi"));
    repository = GitRepository.create(directory.resolve("fleet"));
    git = opened(GitHttpServer.start(repository, network));
    helm = new Helm(directory.resolve("helm"));
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  private static Path waiter(Path directory) throws IOException {
    ImageFiles files = new ImageFiles("program").program("/waiter", Tools.path("waiter"));
    return new Tarball(directory.resolve("layers"), Instant.EPOCH)
        .write(
            Recipe.of(WAITER, List.of(files), List.of("/waiter")), directory.resolve("waiter.tar"))
        .file();
  }

  KubeClient admin() {
    return controlPlane.admin();
  }

  GitRepository repository() {
    return repository;
  }

  /** The command line, as the administrator whose token the hub has put on its volume. */
  TowlineCli cli() {
    JsonNode claim =
        admin()
            .get(
                "/api/v1/namespaces/"
                    + HUB_NAMESPACE
                    + "/persistentvolumeclaims/data-towline-hub-0")
            .orElseThrow();
    Path token =
        node.volume(claim.at("/spec/volumeName").asText()).resolve("data").resolve("admin-token");
    try {
      return new TowlineCli(
          URI.create("http://" + network.node() + ":" + PEOPLE_PORT),
          Files.readString(token).strip(),
          directory.resolve("cli"));
    } catch (IOException e) {
      throw new UncheckedIOException("the hub has not written its admin token", e);
    }
  }

  /** Makes a namespace that takes no pod below the restricted Pod Security Standard. */
  void addRestrictedNamespace(String name) {
    admin()
        .create(
            "/api/v1/namespaces",
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Namespace",
                "metadata",
                Map.of(
                    "name",
                    name,
                    "labels",
                    Map.of("pod-security.kubernetes.io/enforce", "restricted"))));
  }

  /** Installs the hub, which follows the repository, and waits until it is ready. */
  void installHub() throws IOException {
    Path values =
        Files.writeString(
            directory.resolve("hub.yaml"),
            """
            service: {type: NodePort, nodePort: %d}
            agents:
              # There is no name service: the node's address stands for the hub's name.
              advertisedAddress: "%s:%d"
              service: {type: NodePort, nodePort: %d}
            config:
              # The repository is served by the test itself, without TLS, which `sources` refuses.
              towline.git.allow-insecure: true
              towline.sources.fleet.url: "%s"
              towline.sources.fleet.branch: main
              towline.sources.fleet.interval: PT1S
            resources: {requests: {cpu: 10m, memory: 128Mi}}
            """
                .formatted(PEOPLE_PORT, network.node(), AGENTS_PORT, AGENTS_PORT, git.url()));
    helm(
        "install",
        "towline-hub",
        ChartReference.folder("towline-hub").toString(),
        "--namespace",
        HUB_NAMESPACE,
        "--values",
        values.toString());
    admin()
        .await(
            "/apis/apps/v1/namespaces/" + HUB_NAMESPACE + "/statefulsets/towline-hub",
            SOON,
            "is ready",
            set -> set.path("status").path("readyReplicas").asInt() == 1);
  }

  /** Installs the agent with the line that the command line prints, and waits until it is ready. */
  void installAgent() {
    String line =
        cli()
            .answer(
                "cluster",
                "add",
                NAME,
                "--label",
                "env=prod",
                "--no-wait",
                "--chart",
                ChartReference.folder("towline-agent").toString())
            .strip();
    TowlineCli.Result installed = helm.paste(line, kubeconfig());
    assertThat(installed.exitCode()).as("%s%n%s", line, installed.stderr()).isZero();
    awaitAgent();
  }

  /** Waits until the Deployment of the agent has what it wants. */
  void awaitAgent() {
    admin()
        .await(
            "/apis/apps/v1/namespaces/" + AGENT_NAMESPACE + "/deployments/towline-agent",
            SOON,
            "is available",
            Conditions::isRolledOut);
  }

  /** Runs helm where it has to succeed, and returns what it said. */
  String helm(String... arguments) {
    TowlineCli.Result result = tryHelm(arguments);
    assertThat(result.exitCode())
        .as("helm %s:%n%s%n%s", String.join(" ", arguments), result.stdout(), result.stderr())
        .isZero();
    return result.stdout() + result.stderr();
  }

  /** Runs helm for this cluster. */
  TowlineCli.Result tryHelm(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--kubeconfig", kubeconfig().toString()));
    return helm.run(all.toArray(String[]::new));
  }

  private Path kubeconfig() {
    return controlPlane.apiServer().kubeconfig(ApiServer.ADMIN);
  }

  /** The pods of a namespace that match a selector. */
  List<JsonNode> pods(String namespace, String selector) {
    return admin().list("/api/v1/namespaces/" + namespace + "/pods?labelSelector=" + selector);
  }

  /** What the kubelet keeps of a pod's output. */
  String log(String namespace, String pod) {
    return admin().text("/api/v1/namespaces/" + namespace + "/pods/" + pod + "/log");
  }

  @Override
  public void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }
}
