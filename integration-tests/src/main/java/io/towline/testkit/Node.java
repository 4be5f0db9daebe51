package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real node of a cluster: kubelet and kube-proxy of the cluster's version, containerd and runc of
 * the machine, pods with addresses of their own. It runs in namespaces made for it and keeps
 * everything in one directory; {@code integration-tests/tools/node/run} says how. Needs root.
 *
 * <p>What it is not: its network enforces no NetworkPolicy, and there is no name service and no
 * registry, so a pod reaches services by their addresses and runs the images that the node was
 * started with.
 */
public final class Node implements AutoCloseable {
  private static final Duration START_WITHIN = Duration.ofMinutes(5);
  private static final Duration READY_WITHIN = Duration.ofMinutes(2);
  private static final String PATH = "/api/v1/nodes/node";

  /** What a machine lends: program, and the Debian package that has it. */
  private static final Map<String, String> LENT =
      Map.of(
          "containerd", "containerd",
          "runc", "runc",
          "iptables", "iptables",
          "ip", "iproute2",
          "unshare", "util-linux");

  private static final Path PLUGIN = Path.of("/usr/lib/cni/bridge");

  private static final String CONTAINERD =
      """
      version = 2
      root = "%1$s/containerd/root"
      state = "%1$s/containerd/state"
      [grpc]
        address = "%1$s/containerd.sock"
      [plugins."io.containerd.grpc.v1.cri"]
        sandbox_image = "%2$s"
        # Without CAP_SYS_RESOURCE, as in many sandboxes, runc could not make a pod matter more.
        restrict_oom_score_adj = true
        netns_mounts_under_state_dir = true
        [plugins."io.containerd.grpc.v1.cri".containerd]
          # Copies instead of overlays: works on every file system.
          snapshotter = "native"
        [plugins."io.containerd.grpc.v1.cri".cni]
          bin_dir = "/usr/lib/cni"
          conf_dir = "%1$s/cni"
      """;

  private static final String BRIDGE =
      """
      {"cniVersion": "1.0.0", "name": "pods", "plugins": [{
        "type": "bridge", "bridge": "pods", "isGateway": true, "hairpinMode": true,
        "ipam": {"type": "host-local", "dataDir": "%1$s/addresses",
                 "ranges": [[{"subnet": "%2$s"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
      """;

  private static final String KUBELET =
      """
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      containerRuntimeEndpoint: unix://%1$s/containerd.sock
      podLogsDir: %1$s/logs
      resolvConf: %1$s/resolv.conf
      cgroupDriver: cgroupfs
      cgroupRoot: /%2$s
      failCgroupV1: false
      failSwapOn: false
      localStorageCapacityIsolation: false
      enforceNodeAllocatable: []
      # A machine whose disk is nearly full for other reasons runs the tests all the same.
      evictionHard: {memory.available: 50Mi, nodefs.available: 0%%, imagefs.available: 0%%}
      imageGCHighThresholdPercent: 100
      # Nobody but its own pods reaches it in its namespace; the API server asks it for logs.
      authentication: {webhook: {enabled: false}, anonymous: {enabled: true}}
      authorization: {mode: AlwaysAllow}
      readOnlyPort: 0
      """;

  private static final String PROXY =
      """
      apiVersion: kubeproxy.config.k8s.io/v1alpha1
      kind: KubeProxyConfiguration
      mode: iptables
      clusterCIDR: %2$s
      clientConnection: {kubeconfig: %1$s/kubeconfig}
      conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
      nodePortAddresses: [primary]
      """;

  private final LocalProcess process;
  private final ApiServer server;
  private final Path directory;

  private Node(LocalProcess process, ApiServer server, Path directory) {
    this.process = process;
    this.server = server;
    this.directory = directory;
  }

  /** What this machine lacks for a node, for people; empty if it can run one. */
  public static List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!"root".equals(System.getProperty("user.name"))) {
      missing.add("root");
    }
    LENT.forEach(
        (program, aPackage) -> {
          if (!isOnPath(program)) {
            missing.add("the Debian package " + aPackage);
          }
        });
    if (!Files.isExecutable(PLUGIN)) {
      missing.add("the Debian package containernetworking-plugins");
    }
    return missing.stream().sorted().toList();
  }

  private static boolean isOnPath(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Starts one and waits until it is Ready.
   *
   * @param server listens on the network's gateway
   * @param images tar files that its pods may run
   * @param pause the one of them that holds a pod's network, by its name
   */
  public static Node start(
      ApiServer server, NodeNetwork network, Path directory, List<Path> images, String pause) {
    String group = "towline-" + network.cable();
    try {
      Files.createDirectories(directory.resolve("images"));
      Files.createDirectories(directory.resolve("cni"));
      write(directory, "containerd.toml", CONTAINERD, pause);
      write(directory, "cni/pods.conflist", BRIDGE, network.pods());
      write(directory, "kubelet.yaml", KUBELET, group);
      write(directory, "proxy.yaml", PROXY, network.pods());
      write(directory, "resolv.conf", "# There is no name service.\n", "");
      Files.copy(server.kubeconfig(ApiServer.CONTROLLERS), directory.resolve("kubeconfig"));
      for (Path image : images) {
        Files.createSymbolicLink(directory.resolve("images").resolve(image.getFileName()), image);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path script = Checkout.root().resolve("integration-tests/tools/node/run");
    Node node =
        new Node(
            LocalProcess.start(
                LocalProcess.Launch.of("node", directory, script)
                    .with(directory.toString())
                    .withEnvironment("NODE_OWNER", Long.toString(ProcessHandle.current().pid()))
                    .withEnvironment("NODE_CABLE", network.cable())
                    .withEnvironment("NODE_ADDRESS", network.node() + "/24")
                    .withEnvironment("NODE_GATEWAY", network.gateway())
                    .withEnvironment("NODE_PODS", network.pods())
                    .withEnvironment("NODE_GROUP", group)
                    .withEnvironment("NODE_KUBELET", Tools.path("kubelet").toString())
                    .withEnvironment("NODE_PROXY", Tools.path("kube-proxy").toString())),
            server,
            directory);
    try {
      node.awaitReady();
      return node;
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static void write(Path directory, String name, String text, String value)
      throws IOException {
    Files.writeString(directory.resolve(name), text.formatted(directory, value));
  }

  private void awaitReady() {
    KubeClient client = server.client(ApiServer.CONTROLLERS);
    process.awaitReady(START_WITHIN, () -> client.get(PATH).isPresent());
    try {
      client.await(PATH, READY_WITHIN, "is Ready", Conditions::isReady);
    } catch (NotInTime e) {
      throw new IllegalStateException(
          e.getMessage() + "\n--- kubelet\n" + LogTail.of(directory.resolve("kubelet.log")), e);
    }
  }

  /**
   * Makes a volume of a folder of this node that any claim of up to this size may have.
   *
   * @param size as Kubernetes writes quantities
   */
  public void addVolume(String name, String size) {
    Path folder = volume(name);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server
        .client(ApiServer.ADMIN)
        .create(
            "/api/v1/persistentvolumes",
            """
            {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "%s"},
             "spec": {"capacity": {"storage": "%s"}, "accessModes": ["ReadWriteOnce"],
              "persistentVolumeReclaimPolicy": "Retain", "local": {"path": "%s"},
              "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
               {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node"]}]}]}}}}
            """
                .formatted(name, size, folder));
  }

  /** The folder of a volume. */
  public Path volume(String name) {
    return directory.resolve("volumes").resolve(name);
  }

  /** Ends it with all of its pods, and removes what it made on this machine. Idempotent. */
  @Override
  public void close() {
    process.stop();
  }
}
