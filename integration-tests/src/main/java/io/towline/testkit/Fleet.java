package io.towline.testkit;

import io.towline.vocabulary.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * One hub, one repository that it follows, and as many real clusters with agents as a test wants.
 * Write the repository and configure the hub first, then {@link #start()}, then add clusters,
 * several at once if need be. Not thread-safe otherwise.
 */
public final class Fleet implements AutoCloseable {

  /** The name under which the hub knows the repository. */
  public static final String SOURCE = "fleet";

  private static final String DEPLOYER = "towline-deployer";

  private final Path directory;
  private final GitRepository repository;
  private final HubProcess hub;
  private final Map<String, FleetCluster> clusters = new ConcurrentSkipListMap<>();
  private Optional<Etcd> etcd = Optional.empty();

  /** A fleet that keeps everything in a directory; nothing runs yet. */
  public Fleet(Path directory) {
    this.directory = directory;
    this.repository = GitRepository.create(directory.resolve("fleet"));
    this.hub = HubProcess.in(directory.resolve("hub")).withSource(SOURCE, repository.fileUrl());
  }

  /** The repository that the hub follows. */
  public GitRepository repository() {
    return repository;
  }

  /** The hub; configure it before {@link #start()}. */
  public HubProcess hub() {
    return hub;
  }

  /** Starts the hub; an empty repository gets a first commit, so that there is a branch. */
  public Fleet start() {
    if (repository.git("rev-list", "--all", "--max-count=1").isBlank()) {
      repository.commit("begin");
    }
    hub.start();
    return this;
  }

  /** The command line, as the hub's administrator. */
  public TowlineCli cli() {
    return hub.cli();
  }

  /** Adds a cluster whose objects are only kept, with an agent that is ready. */
  public FleetCluster addCluster(String name, Map<String, String> labels) {
    return addCluster(name, labels, Workloads.KEPT);
  }

  /** Adds a cluster with an agent that is ready. */
  public FleetCluster addCluster(String name, Map<String, String> labels, Workloads workloads) {
    return join(startCluster(name, workloads), labels);
  }

  /** Starts a cluster that the hub does not know yet: {@link #join} makes it a member. */
  public ControlPlane startCluster(String name, Workloads workloads) {
    return ControlPlane.start(name, sharedEtcd(), directory.resolve("clusters/" + name), workloads);
  }

  /** Registers a started cluster and gives it an agent, which is ready on return. */
  public FleetCluster join(ControlPlane controlPlane, Map<String, String> labels) {
    String name = controlPlane.name();
    try {
      welcomeAgent(controlPlane.admin());
      AgentProcess agent =
          AgentProcess.in(
                  directory.resolve("agents/" + name),
                  controlPlane.apiServer().kubeconfig(ApiServer.AGENT))
              .withJoinToken(joinToken(name, labels))
              .start();
      FleetCluster cluster = new FleetCluster(name, controlPlane, agent);
      clusters.put(name, cluster);
      return cluster;
    } catch (RuntimeException | Error e) {
      controlPlane.close();
      throw e;
    }
  }

  /** Registers a cluster with the hub and returns what its agent enrolls with. */
  public String joinToken(String name, Map<String, String> labels) {
    List<String> command = new ArrayList<>(List.of("cluster", "add", name));
    labels.forEach((key, value) -> command.addAll(List.of("--label", key + "=" + value)));
    command.addAll(List.of("-o", "token"));
    return cli().answer(command.toArray(String[]::new)).strip();
  }

  /** A cluster that was added before. */
  public FleetCluster cluster(String name) {
    FleetCluster cluster = clusters.get(name);
    if (cluster == null) {
      throw new IllegalArgumentException(name + " is none of " + clusters.keySet());
    }
    return cluster;
  }

  private synchronized Etcd sharedEtcd() {
    Etcd shared = etcd.orElseGet(() -> Etcd.start(directory.resolve("etcd")));
    etcd = Optional.of(shared);
    return shared;
  }

  /** What the agent's chart puts into a cluster: its namespace, and an account that may deploy. */
  public static void welcomeAgent(KubeClient admin) {
    String namespace = Names.DEFAULT_AGENT_NAMESPACE;
    admin.create(
        "/api/v1/namespaces",
        Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", namespace)));
    admin.create(
        "/api/v1/namespaces/" + namespace + "/serviceaccounts",
        Map.of(
            "apiVersion", "v1",
            "kind", "ServiceAccount",
            "metadata", Map.of("name", DEPLOYER)));
    admin.create(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        Map.of(
            "apiVersion",
            "rbac.authorization.k8s.io/v1",
            "kind",
            "ClusterRoleBinding",
            "metadata",
            Map.of("name", DEPLOYER),
            "roleRef",
            Map.of(
                "apiGroup", "rbac.authorization.k8s.io",
                "kind", "ClusterRole",
                "name", "cluster-admin"),
            "subjects",
            List.of(Map.of("kind", "ServiceAccount", "name", DEPLOYER, "namespace", namespace))));
  }

  @Override
  public void close() {
    List<FleetCluster> all = new ArrayList<>(clusters.values()).reversed();
    all.forEach(cluster -> cluster.agent().close());
    hub.close();
    all.forEach(cluster -> cluster.controlPlane().close());
    etcd.ifPresent(Etcd::close);
  }
}
