package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.charts.ChartReference;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.Helm;
import io.towline.testkit.KubeClient;
import io.towline.testkit.LocalProcess;
import io.towline.testkit.Tools;
import io.towline.testkit.TowlineCli;
import io.towline.testkit.Workloads;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The line that {@code cluster add} prints, pasted as it is, and the rights that the chart gives an
 * agent under each of its profiles. The agent runs with the account, the token and the
 * configuration that the release put into the cluster, and the audit log is the witness.
 */
final class AgentRightsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String HOME = "/api/v1/namespaces/" + Names.DEFAULT_AGENT_NAMESPACE;
  private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles/";
  private static final String ACCOUNT =
      "system:serviceaccount:" + Names.DEFAULT_AGENT_NAMESPACE + ":towline-agent";
  private static final String DEPLOYER =
      "system:serviceaccount:" + Names.DEFAULT_AGENT_NAMESPACE + ":towline-deployer";

  @TempDir static Path directory;
  private static Fleet fleet;

  @BeforeAll
  static void startTheHub() {
    fleet = new Fleet(directory);
    fleet.hub().with("towline.agents.chart", ChartReference.folder("towline-agent").toString());
    // An agent says with it which envelope it holds.
    fleet.hub().with("towline.agents.heartbeat-interval", "PT5S");
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"))
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "declared"))
        .write("apps/shop/towline.yaml", Yaml.bundle("shop", Yaml.EVERYWHERE))
        .write("apps/shop/settings.yaml", Yaml.configMap("settings", "declared"))
        .commit("two bundles, one with a namespace of its own");
    fleet.start();
  }

  @AfterAll
  static void stopTheHub() {
    fleet.close();
  }

  /**
   * A cluster with a release of the agent's chart, and the agent that it installed.
   *
   * @param account a kubeconfig with the agent's own account
   */
  private record Release(ControlPlane cluster, AgentProcess agent, Path account)
      implements AutoCloseable {
    void assertChecked(String finding) throws IOException {
      LocalProcess check = agent.check();
      int code = check.awaitExit(SOON);
      String said = Files.readString(check.log(), StandardCharsets.UTF_8);
      assertThat(said)
          .contains("identity of the hub", "own rights", finding)
          .doesNotContain("\u2716");
      assertThat(code).isZero();
    }

    JsonNode awaitStatus(String bundle, String status) {
      String target = bundle + "@" + cluster.name();
      TowlineCli.Result waited =
          fleet.cli().run("wait", "target/" + target, "--for", status, "--timeout", "90s");
      assertThat(waited.exitCode()).as(waited.stdout() + waited.stderr()).isZero();
      return fleet.cli().json("get", "targets", target).at("/items/0");
    }

    /** What the agent asked for in its own name that is not there for every account to see. */
    List<AuditEvent> ownRequests() {
      return cluster.auditLog().since(AuditLog.Mark.START).stream()
          .filter(event -> event.user().equals(ACCOUNT) && event.impersonated().isEmpty())
          .filter(event -> !event.resource().isEmpty())
          .filter(event -> !event.group().equals("authorization.k8s.io"))
          .toList();
    }

    List<AuditEvent> writesOutsideItsNamespace() {
      return cluster.auditLog().writesBy(ACCOUNT, AuditLog.Mark.START).stream()
          .filter(event -> !event.namespace().equals(Names.DEFAULT_AGENT_NAMESPACE))
          .toList();
    }

    @Override
    public void close() {
      agent.close();
      cluster.close();
    }
  }

  /** Pastes the line, with further values behind it, and starts what it installed. */
  private static Release install(String name, Workloads workloads, String more) throws IOException {
    ControlPlane cluster = fleet.startCluster(name, workloads);
    KubeClient admin = cluster.admin();
    if (workloads == Workloads.RUN) {
      // What these roles may do is put together by a controller.
      for (String role : List.of("view", "admin")) {
        admin.await(ROLES + role, SOON, "has rules", r -> !r.path("rules").isEmpty());
      }
    }
    admin.create(
        "/api/v1/namespaces",
        Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", "shop")));
    Path owner = cluster.apiServer().kubeconfig(ApiServer.ADMIN);
    TowlineCli.Result before = checkBefore(owner);
    assertThat(before.stdout())
        .contains("you may create all that the chart has", "you may give bundles the role")
        .contains("Kubernetes: v1.", "agents there: none yet", "no StorageClass");
    assertThat(before.exitCode()).as(before.stdout() + before.stderr()).isZero();
    String line = fleet.cli().answer("cluster", "add", name, "-o", "helm").strip();
    TowlineCli.Result pasted = new Helm(directory.resolve("helm")).paste(line + more, owner);
    assertThat(pasted.exitCode()).as(pasted.stdout() + pasted.stderr()).isZero();

    JsonNode token =
        admin.create(
            HOME + "/serviceaccounts/towline-agent/token",
            Map.of(
                "apiVersion",
                "authentication.k8s.io/v1",
                "kind",
                "TokenRequest",
                "spec",
                Map.of("expirationSeconds", 3_600)));
    Path folder = Files.createDirectories(directory.resolve("agents").resolve(name));
    Path properties =
        Files.writeString(
            folder.resolve("agent.properties"),
            text(admin, "/configmaps/towline-agent", "/data/agent.properties"));
    Path join =
        Files.write(
            folder.resolve("token"),
            Base64.getDecoder().decode(text(admin, "/secrets/towline-agent-join", "/data/token")));
    Path account = cluster.apiServer().kubeconfig(ACCOUNT, token.at("/status/token").asText());
    AgentProcess agent =
        AgentProcess.in(folder, account)
            .withEnvironment("SMALLRYE_CONFIG_LOCATIONS", properties.toString())
            .withEnvironment("TOWLINE_JOIN_TOKEN_FILE", join.toString());
    return new Release(cluster, agent, account);
  }

  /** The command line of a person who has kubectl and helm. */
  private static TowlineCli person(Path kubeconfig) {
    String programs = Tools.path("kubectl").getParent() + ":" + Tools.path("helm").getParent();
    return fleet
        .cli()
        .withEnvironment("KUBECONFIG", kubeconfig.toString())
        .withEnvironment("PATH", programs + ":" + System.getenv("PATH"));
  }

  /** As a person looks before an install. */
  private static TowlineCli.Result checkBefore(Path kubeconfig) {
    return person(kubeconfig).run("check", "--pre");
  }

  private static String text(KubeClient admin, String object, String pointer) {
    return admin.get(HOME + object).orElseThrow().at(pointer).asText();
  }

  @Test
  void thePastedLineMakesAnAgentThatActsInItsDeployersNameAlone() throws IOException {
    try (Release release = install("impersonating", Workloads.KEPT, "")) {
      release.assertChecked(DEPLOYER + " may change Deployments in every namespace");
      otherFormsAreTaken(release.cluster().apiServer().kubeconfig(ApiServer.ADMIN));
      release.agent().start();

      release.awaitStatus("web", "ready");
      release.awaitStatus("shop", "ready");

      Deadline.in(SOON)
          .until(
              "says what it holds",
              () -> {
                JsonNode cluster = fleet.cli().json("cluster", "get", "impersonating");
                return cluster.path("heldSequence").equals(cluster.path("sequence"));
              });
      TowlineCli.Result known = fleet.cli().run("check", "--cluster", "impersonating");
      assertThat(known.stdout())
          .contains("its agent has a certificate until", "Online, last seen")
          .contains("its agent holds the newest envelope", "version 1, the newest")
          .contains("2 of 2 are Ready");
      assertThat(known.exitCode()).as(known.stdout()).isZero();
      assertThat(release.writesOutsideItsNamespace())
          .isNotEmpty()
          .allSatisfy(write -> assertThat(write.impersonated()).isEqualTo(DEPLOYER));
      assertThat(release.ownRequests())
          .isNotEmpty()
          .allSatisfy(event -> assertThat(event.granted() || event.code() == 404).isTrue())
          .allSatisfy(
              event ->
                  assertThat(event.resource() + "/" + event.name())
                      .isIn("secrets/towline-agent-trust", "secrets/", "namespaces/kube-system"));
    }
  }

  /** What is printed for pools, for clusters without a hub and for kubectl, tried and not kept. */
  private static void otherFormsAreTaken(Path kubeconfig) throws IOException {
    Helm helm = new Helm(directory.resolve("helm"));
    TowlineCli person = person(kubeconfig);
    String pool = person.answer("cluster", "add", "--pool", "edge", "--max", "2", "-o", "helm");
    String offline = person.answer("cluster", "add", "carried", "--offline", "-o", "helm");
    for (String line : List.of("CLUSTER_NAME=edge-1; " + pool, offline)) {
      TowlineCli.Result tried = helm.paste(line.strip() + " --dry-run=server", kubeconfig);
      assertThat(tried.exitCode()).as(line + tried.stderr()).isZero();
    }
    assertThat(helm.paste(pool.strip() + " --dry-run=server", kubeconfig).stderr())
        .contains("CLUSTER_NAME");

    Path manifest =
        Files.writeString(
            directory.resolve("manifest.yaml"),
            person.answer("cluster", "add", "plain", "--format", "manifest"));
    List<JsonNode> objects = Helm.objects(Files.readString(manifest));
    assertThat(objects.stream().map(o -> o.path("kind").asText()))
        .contains("Namespace", "Secret", "Deployment", "ClusterRole", "NetworkPolicy")
        .doesNotContain("Pod");
    assertThat(objects)
        .allSatisfy(
            object ->
                assertThat(object.at("/metadata/namespace").asText())
                    .isEqualTo(
                        object.path("kind").asText().matches("Cluster.*|Namespace")
                            ? ""
                            : Names.DEFAULT_AGENT_NAMESPACE));
    TowlineCli.Result applied =
        helm.paste(
            Tools.path("kubectl") + " apply --dry-run=server -f '" + manifest + "'", kubeconfig);
    assertThat(applied.exitCode()).as(applied.stderr()).isZero();
  }

  /** A tenant's bundles, which name the account that the tenant was given. */
  @Test
  void aBundleDoesWhatTheAccountItNamesMayAndNoMore() throws IOException {
    try (Release release =
        install("tenants", Workloads.RUN, " --set 'rbac.impersonate={shop/deployer}'")) {
      KubeClient admin = release.cluster().admin();
      admin.create(
          "/api/v1/namespaces/shop/serviceaccounts",
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "ServiceAccount",
              "metadata",
              Map.of("name", "deployer")));
      admin.create(
          "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings",
          Map.of(
              "apiVersion",
              "rbac.authorization.k8s.io/v1",
              "kind",
              "RoleBinding",
              "metadata",
              Map.of("name", "deployer"),
              "roleRef",
              Map.of(
                  "apiGroup", "rbac.authorization.k8s.io", "kind", "ClusterRole", "name", "admin"),
              "subjects",
              List.of(Map.of("kind", "ServiceAccount", "namespace", "shop", "name", "deployer"))));
      String own = "apply: {serviceAccount: shop/deployer}\n";
      String others = "apply: {serviceAccount: web/deployer}\n";
      String here = "{names: [tenants]}";
      fleet
          .repository()
          .write("tenants/till/towline.yaml", Yaml.bundle("till", here, own))
          .write("tenants/till/till.yaml", Yaml.configMap("till", "declared", "shop"))
          .write("tenants/reach/towline.yaml", Yaml.bundle("reach", here, own))
          .write("tenants/reach/reach.yaml", Yaml.configMap("reach", "declared", "web"))
          .write("tenants/guess/towline.yaml", Yaml.bundle("guess", here, others))
          .write("tenants/guess/guess.yaml", Yaml.configMap("guess", "declared", "shop"))
          .commit("what a tenant declares");
      release.agent().start();

      release.awaitStatus("till", "ready");
      JsonNode reach = release.awaitStatus("reach", "failed");
      JsonNode guess = release.awaitStatus("guess", "failed");

      String tenant = "system:serviceaccount:shop:deployer";
      assertThat(reach.path("reason").asText()).isEqualTo("Forbidden");
      assertThat(reach.path("message").asText()).contains(tenant, "configmaps", "web");
      assertThat(guess.path("reason").asText()).isEqualTo("Forbidden");
      assertThat(guess.path("message").asText())
          .contains("rbac.impersonate", "system:serviceaccount:web:deployer");
      assertThat(release.cluster().auditLog().since(AuditLog.Mark.START))
          .filteredOn(event -> event.name().equals("till"))
          .isNotEmpty()
          .allSatisfy(event -> assertThat(event.impersonated()).isEqualTo(tenant));
    }
  }

  @Test
  void aNamespacedAgentWorksInItsNamespacesAndSaysWhatItMayNot() throws IOException {
    try (Release release =
        install(
            "namespaced",
            Workloads.RUN,
            " --set rbac.profile=namespaced --set 'rbac.namespaces={shop}'")) {
      release.agent().start();

      release.awaitStatus("shop", "ready");
      JsonNode refused = release.awaitStatus("web", "failed");

      assertThat(refused.path("reason").asText()).isEqualTo("Forbidden");
      assertThat(refused.path("message").asText())
          .contains("the agent's own account may not patch and create namespaces");
      assertThat(release.writesOutsideItsNamespace())
          .filteredOn(AuditEvent::granted)
          .isNotEmpty()
          .allSatisfy(write -> assertThat(write.namespace()).isEqualTo("shop"))
          .allSatisfy(write -> assertThat(write.impersonated()).isEmpty());
      release
          .cluster()
          .person()
          .patch(
              "/api/v1/namespaces/shop/configmaps/settings",
              KubeClient.MERGE_PATCH,
              "{\"data\":{\"value\":\"edited\"}}");
      release
          .cluster()
          .admin()
          .await(
              "/api/v1/namespaces/shop/configmaps/settings",
              SOON,
              "is brought back, by a watch of one namespace",
              o -> o.at("/data/value").asText().equals("declared"));
    }
  }

  @Test
  void aReadingAgentAsksForNoWriteAndSaysWhatDiffers() throws IOException {
    try (Release release = install("reading", Workloads.RUN, " --set rbac.profile=readonly")) {
      release.assertChecked("the agent reads, and changes nothing");
      TowlineCli.Result stranger = checkBefore(release.account());
      assertThat(stranger.exitCode()).isEqualTo(1);
      assertThat(stranger.stdout())
          .contains("you may not", "create deployments in towline-system", "create clusterroles")
          .contains("there is one: Deployment towline-system/towline-agent")
          .contains("cannot list StorageClasses");
      release.agent().start();

      JsonNode web = release.awaitStatus("web", "drifted");

      assertThat(web.path("reason").asText()).isEqualTo("ReadOnly");
      assertThat(web.path("message").asText()).contains("is not there");
      release.awaitStatus("shop", "drifted");
      assertThat(fleet.cli().run("drift", "web@reading").stdout()).contains("settings");
      assertThat(release.writesOutsideItsNamespace()).isEmpty();
      assertThat(release.cluster().admin().get("/api/v1/namespaces/web")).isEmpty();
    }
  }

  @Test
  void anAgentThatMayDoAnythingActsInItsOwnName() throws IOException {
    try (Release release = install("mighty", Workloads.KEPT, " --set rbac.profile=cluster-admin")) {
      release.agent().start();

      release.awaitStatus("web", "ready");
      release.awaitStatus("shop", "ready");

      assertThat(release.writesOutsideItsNamespace())
          .isNotEmpty()
          .allSatisfy(write -> assertThat(write.impersonated()).isEmpty());
    }
  }
}
