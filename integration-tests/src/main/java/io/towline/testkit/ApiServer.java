package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A real kube-apiserver, one of several on one etcd, each under a prefix of its own and therefore a
 * cluster of its own. It authorizes by RBAC, knows one user per kind of caller, and keeps an audit
 * log of them all. Not thread-safe; its clients and its audit log are.
 */
public final class ApiServer implements AutoCloseable {

  /** The test or the person who looks after the cluster. */
  public static final String ADMIN = "admin";

  /** The agent of Towline. */
  public static final String AGENT = "towline-agent";

  /** Somebody who edits live objects behind Git's back. */
  public static final String PERSON = "alice";

  /** Controller manager, scheduler and fake nodes. */
  static final String CONTROLLERS = "controllers";

  /** Where it listens if nobody but this machine's own programs shall reach it. */
  static final String LOOPBACK = "127.0.0.1";

  private static final Duration START_WITHIN = Duration.ofMinutes(2);

  private static final String AUDIT_POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules:
        - level: None
          users: ["system:apiserver"]
        - level: None
          nonResourceURLs: ["/readyz", "/livez", "/healthz"]
        - level: Metadata
      """;

  private final String address;
  private final Etcd etcd;
  private final String name;
  private final Path directory;
  private final Workloads workloads;
  private final int port = Ports.free();
  private final Map<String, String> tokens = new LinkedHashMap<>();
  private final Map<String, KubeClient> clients = new ConcurrentHashMap<>();
  private final AuditLog auditLog;
  private @Nullable LocalProcess process;

  private ApiServer(
      String address,
      Etcd etcd,
      String name,
      Path directory,
      Workloads workloads,
      List<String> moreUsers) {
    this.address = address;
    this.etcd = etcd;
    this.name = name;
    this.directory = directory;
    this.workloads = workloads;
    List<String> users = new ArrayList<>(List.of(ADMIN, AGENT, PERSON, CONTROLLERS));
    users.addAll(moreUsers);
    users.forEach(user -> tokens.put(user, UUID.randomUUID().toString()));
    this.auditLog = new AuditLog(directory, "audit.log");
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param name its prefix in etcd: two servers with one name would serve one cluster
   * @param directory for its files, logs and kubeconfigs
   * @param workloads whether controllers will run: without them nobody makes service accounts, and
   *     Pods are admitted without one
   * @param moreUsers names of further users with all rights, to tell apart in the audit log
   */
  public static ApiServer start(
      Etcd etcd, String name, Path directory, Workloads workloads, String... moreUsers) {
    return startAt(LOOPBACK, etcd, name, directory, workloads, moreUsers);
  }

  /** The same at another address of this machine. */
  static ApiServer startAt(
      String address,
      Etcd etcd,
      String name,
      Path directory,
      Workloads workloads,
      String... moreUsers) {
    ApiServer server = new ApiServer(address, etcd, name, directory, workloads, List.of(moreUsers));
    server.writeFiles();
    server.start();
    return server;
  }

  /** Starts it, again if need be: same port, same data, same users. Idempotent. */
  public void start() {
    if (process != null && process.isAlive()) {
      return;
    }
    LocalProcess started =
        LocalProcess.start(
            LocalProcess.Launch.of("kube-apiserver", directory, Tools.path("kube-apiserver"))
                .with(arguments()));
    process = started;
    started.awaitReady(
        START_WITHIN, () -> Files.exists(certificate()) && client(ADMIN).isServing());
    tokens.forEach(this::kubeconfig);
  }

  private List<String> arguments() {
    String notAdmitting =
        workloads == Workloads.KEPT
            ? "TaintNodesByCondition,ServiceAccount"
            : "TaintNodesByCondition";
    return List.of(
        "--etcd-servers=" + etcd.url(),
        "--etcd-prefix=/clusters/" + name,
        "--bind-address=" + address,
        "--advertise-address=" + address,
        // Its own Service leads to it, but for loopback, which no Service may lead to.
        "--endpoint-reconciler-type=" + (address.equals(LOOPBACK) ? "none" : "lease"),
        "--kubelet-preferred-address-types=InternalIP",
        "--secure-port=" + port,
        "--cert-dir=" + directory.resolve("certificates"),
        "--service-account-key-file=" + directory.resolve("service-accounts.pub"),
        "--service-account-signing-key-file=" + serviceAccountKey(),
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--token-auth-file=" + directory.resolve("tokens.csv"),
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        // Nobody here looks after node conditions, so nobody would remove the taint again.
        "--disable-admission-plugins=" + notAdmitting,
        "--audit-policy-file=" + directory.resolve("audit-policy.yaml"),
        "--audit-log-path=" + directory.resolve("audit.log"),
        // A rotated log would lose what a test still wants to count.
        "--audit-log-maxsize=100000",
        "--profiling=false");
  }

  private void writeFiles() {
    StringBuilder users = new StringBuilder();
    tokens.forEach(
        (user, token) ->
            users
                .append(token)
                .append(',')
                .append(user)
                .append(',')
                .append(user)
                .append(",system:masters\n"));
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("tokens.csv"), users);
      Files.writeString(directory.resolve("audit-policy.yaml"), AUDIT_POLICY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ServiceAccountKey.ensure(serviceAccountKey(), directory.resolve("service-accounts.pub"));
  }

  /** Writes a kubeconfig for somebody who has a token, for example of a service account. */
  public Path kubeconfig(String user, String token) {
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters:
          - name: %1$s
            cluster:
              server: %2$s
              certificate-authority: %3$s
        users:
          - name: %4$s
            user:
              token: %5$s
        contexts:
          - name: %1$s
            context:
              cluster: %1$s
              user: %4$s
        current-context: %1$s
        """
            .formatted(name, url(), certificate(), user, token);
    try {
      return Files.writeString(kubeconfig(user), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The address that clients use. */
  public String url() {
    return "https://" + address + ":" + port;
  }

  /** A kubeconfig for one of its users; written when the server is ready. */
  public Path kubeconfig(String user) {
    // KUBECONFIG holds a list of files, which colons part.
    return directory.resolve(user.replace(':', '.') + ".kubeconfig");
  }

  /** The client of one of its users; it stays good over restarts of the server. */
  public KubeClient client(String user) {
    String token = tokens.get(user);
    if (token == null) {
      throw new IllegalArgumentException(user + " is none of " + tokens.keySet());
    }
    return clients.computeIfAbsent(user, u -> new KubeClient(url(), token, certificate()));
  }

  /** Who asked for what. */
  public AuditLog auditLog() {
    return auditLog;
  }

  /** The running process. */
  public LocalProcess process() {
    if (process == null) {
      throw new IllegalStateException("the API server " + name + " has not been started");
    }
    return process;
  }

  /** Its own certificate followed by that of the authority that it made for itself. */
  Path certificate() {
    return directory.resolve("certificates/apiserver.crt");
  }

  Path serviceAccountKey() {
    return directory.resolve("service-accounts.key");
  }

  /** Ends it by SIGTERM; {@link #start()} brings it back. Idempotent. */
  public void stop() {
    if (process != null) {
      process.stop();
    }
  }

  /** Ends it by SIGKILL; {@link #start()} brings it back. Idempotent. */
  public void kill() {
    if (process != null) {
      process.kill();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
