package io.towline.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What makes the objects of a cluster move: kube-controller-manager with the controllers that
 * workloads need, kube-scheduler, and kwok, whose nodes run nothing and report every Pod that is
 * scheduled to them as Ready, a bad image too. To break a workload, make it unschedulable: ask for
 * a label that no node has. Not thread-safe.
 */
public final class Controllers implements AutoCloseable {

  private static final Duration SETTLE_WITHIN = Duration.ofMinutes(2);
  private static final String FAKE_NODE_ANNOTATION = "kwok.x-k8s.io/node";

  private static final List<String> NEEDED =
      List.of(
          "clusterrole-aggregation-controller",
          "cronjob-controller",
          "daemonset-controller",
          "deployment-controller",
          "disruption-controller",
          "endpointslice-controller",
          "garbage-collector-controller",
          "horizontal-pod-autoscaler-controller",
          "job-controller",
          "namespace-controller",
          "persistentvolume-binder-controller",
          "pod-garbage-collector-controller",
          "replicaset-controller",
          "root-ca-certificate-publisher-controller",
          "serviceaccount-controller",
          "serviceaccount-token-controller",
          "statefulset-controller");

  private final ApiServer server;
  private final Path directory;
  private final List<LocalProcess> processes = new ArrayList<>();

  private Controllers(ApiServer server, Path directory) {
    this.server = server;
    this.directory = directory;
  }

  /**
   * Starts them with this many fake nodes, and waits until nodes are Ready and Pods are admitted.
   */
  public static Controllers start(ApiServer server, Path directory, int nodes) {
    Controllers controllers = new Controllers(server, directory);
    controllers.start(nodes);
    controllers.addNodes(nodes);
    controllers.awaitSettled(nodes);
    return controllers;
  }

  private void start(int nodes) {
    String kubeconfig = "--kubeconfig=" + server.kubeconfig(ApiServer.CONTROLLERS);
    run(
        "kube-controller-manager",
        kubeconfig,
        "--controllers=" + String.join(",", NEEDED),
        "--leader-elect=false",
        "--secure-port=0",
        "--service-account-private-key-file=" + server.serviceAccountKey(),
        "--root-ca-file=" + server.certificate());
    run("kube-scheduler", kubeconfig, "--leader-elect=false", "--secure-port=0");
    if (nodes > 0) {
      run(
          "kwok",
          kubeconfig,
          "--manage-all-nodes=false",
          "--manage-nodes-with-annotation-selector=" + FAKE_NODE_ANNOTATION + "=fake");
    }
  }

  private void run(String program, String... arguments) {
    processes.add(
        LocalProcess.start(
            LocalProcess.Launch.of(program, directory, Tools.path(program)).with(arguments)));
  }

  private void addNodes(int nodes) {
    KubeClient client = server.client(ApiServer.CONTROLLERS);
    IntStream.range(0, nodes)
        .mapToObj(i -> "node-" + i)
        .filter(name -> client.get("/api/v1/nodes/" + name).isEmpty())
        .forEach(name -> client.create("/api/v1/nodes", node(name)));
  }

  private static Map<String, Object> node(String name) {
    return Map.of(
        "apiVersion",
        "v1",
        "kind",
        "Node",
        "metadata",
        Map.of(
            "name",
            name,
            "annotations",
            Map.of(FAKE_NODE_ANNOTATION, "fake"),
            "labels",
            Map.of(
                "kubernetes.io/hostname", name,
                "kubernetes.io/os", "linux",
                "kubernetes.io/arch", "amd64")));
  }

  private void awaitSettled(int nodes) {
    KubeClient client = server.client(ApiServer.CONTROLLERS);
    try {
      client.awaitAll(
          "/api/v1/nodes",
          SETTLE_WITHIN,
          nodes + " nodes are Ready",
          seen -> seen.stream().filter(Conditions::isReady).count() >= nodes);
      // Made by the controller manager; without it the server admits no Pod.
      client.await(
          "/api/v1/namespaces/default/serviceaccounts/default",
          SETTLE_WITHIN,
          "exists",
          account -> true);
    } catch (NotInTime e) {
      StringBuilder logs = new StringBuilder(e.getMessage());
      processes.forEach(
          p -> logs.append("\n--- ").append(p.name()).append('\n').append(LogTail.of(p.log())));
      throw new IllegalStateException(logs.toString(), e);
    }
  }

  /** Ends them by SIGTERM, last started first. Idempotent. */
  @Override
  public void close() {
    processes.reversed().forEach(LocalProcess::stop);
  }
}
