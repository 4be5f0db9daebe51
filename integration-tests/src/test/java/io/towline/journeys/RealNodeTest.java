package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.charts.ChartReference;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.testkit.Conditions;
import io.towline.testkit.Node;
import io.towline.testkit.TowlineCli;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hub and agent as a cluster's owner gets them: images, charts, a kubelet that starts and probes
 * them, namespaces that enforce the restricted Pod Security Standard. The node's network enforces
 * no NetworkPolicy: that the charts' are taken is all that is seen of them here.
 */
@Tag("node")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class RealNodeTest {
  private static final String AGENT_LABEL = "app.kubernetes.io%2Fcomponent%3Dagent";
  private static final String APP_LABEL = "app%3Dweb";

  @TempDir private static Path scratch;
  private static RealCluster cluster;

  @BeforeAll
  static void installHubAndAgent() throws IOException {
    List<String> missing = Node.missing();
    assumeTrue(missing.isEmpty(), "a real node needs " + String.join(", ", missing));
    cluster = new RealCluster(scratch);
    cluster
        .repository()
        .write("clusters/real.yaml", Yaml.cluster(RealCluster.NAME, "{env: prod}"))
        .write("apps/shop/towline.yaml", Yaml.bundle("shop", Yaml.EVERYWHERE))
        .write(
            "apps/shop/namespace.yaml",
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: shop
              labels: {pod-security.kubernetes.io/enforce: restricted}
            """)
        .commit("begin");
    cluster.addRestrictedNamespace(RealCluster.HUB_NAMESPACE);
    cluster.addRestrictedNamespace(RealCluster.AGENT_NAMESPACE);
    cluster.installHub();
    cluster.installAgent();
  }

  @AfterAll
  static void takeItDown() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Order(1)
  void bothRunUnderTheRestrictedStandardWithProbesGreenAndPoliciesTaken() {
    for (String namespace : List.of(RealCluster.HUB_NAMESPACE, RealCluster.AGENT_NAMESPACE)) {
      List<JsonNode> pods = cluster.pods(namespace, "");
      assertThat(pods).hasSize(1);
      JsonNode pod = pods.getFirst();
      JsonNode status = pod.at("/status/containerStatuses/0");
      assertThat(Conditions.isReady(pod)).isTrue();
      assertThat(status.path("started").asBoolean()).isTrue();
      assertThat(status.path("restartCount").asInt()).isZero();
      assertThat(
              cluster
                  .admin()
                  .list("/apis/networking.k8s.io/v1/namespaces/" + namespace + "/networkpolicies"))
          .isNotEmpty();
    }
    assertThat(cluster.log(RealCluster.HUB_NAMESPACE, "towline-hub-0"))
        .as("a pod under this standard may make no namespace for kustomize, and the hub says so")
        .contains("network not cut off", "kernel limits");
  }

  @Test
  @Order(2)
  void theChartsOwnTestFindsEverythingAnAgentNeeds() {
    String said =
        cluster.helm("test", "towline-agent", "--namespace", RealCluster.AGENT_NAMESPACE, "--logs");

    assertThat(said)
        .contains("\u2714 way to the hub", "\u2714 identity of the hub", "\u2714 clock")
        .contains("\u2714 API server", "\u2714 own rights")
        .doesNotContain("\u2716");
  }

  @Test
  @Order(2)
  void theChartsOwnTestNamesAWrongAddressAndAStrangerWithTheRemedy() {
    JoinToken token =
        JoinToken.parse(cluster.cli().answer("cluster", "add", "other", "-o", "token").strip());
    String nobody = token.hub().replaceAll(":[0-9]+$", ":1");

    assertThat(checkOf("nobody", token, nobody, token.authorities()))
        .contains("\u2716 way to the hub: " + nobody + " does not answer", "firewall");
    assertThat(checkOf("stranger", token, token.hub(), List.of(Digest.of(new byte[0]))))
        .contains("\u2716 identity of the hub: who answers is not the hub", "let TLS pass through");
  }

  /** Installs an agent with a token that leads elsewhere, and returns what helm test says of it. */
  private static String checkOf(
      String namespace, JoinToken token, String hub, List<Digest> authorities) {
    String wrong =
        new JoinToken(
                hub,
                authorities,
                token.fleet(),
                token.cluster(),
                token.clusterName(),
                token.root(),
                token.expires(),
                token.secret())
            .encode();
    cluster.addRestrictedNamespace(namespace);
    cluster.helm(
        "install",
        "towline-agent",
        ChartReference.folder("towline-agent").toString(),
        "--namespace",
        namespace,
        "--set",
        "join.token=" + wrong,
        "--set",
        "state.persistence.enabled=false");
    TowlineCli.Result tested =
        cluster.tryHelm("test", "towline-agent", "--namespace", namespace, "--logs");
    assertThat(tested.exitCode()).as(tested.stdout()).isNotZero();
    cluster.helm("uninstall", "towline-agent", "--namespace", namespace);
    return tested.stdout() + tested.stderr();
  }

  @Test
  @Order(3)
  void aCommitBecomesAPodThatAnswers() throws Exception {
    cluster
        .repository()
        .write("apps/shop/web.yaml", web(RealCluster.WAITER))
        .commit("sell something");

    cluster
        .admin()
        .await(
            "/apis/apps/v1/namespaces/shop/deployments/web",
            RealCluster.SOON,
            "runs",
            Conditions::isRolledOut);
    waitFor("target/shop@real", "ready");
    JsonNode pod = cluster.pods("shop", APP_LABEL).getFirst();
    assertThat(answerOf(pod.at("/status/podIP").asText())).isEqualTo("waiting\n");
  }

  @Test
  @Order(4)
  void aBadImageIsDegradedInTheWordsOfTheKubelet() {
    cluster
        .repository()
        .write(
            "apps/bad/towline.yaml",
            Yaml.bundle("bad", Yaml.EVERYWHERE, "health: {timeout: 20s}\n"))
        .write("apps/bad/namespace.yaml", Yaml.namespace("bad"))
        .write(
            "apps/bad/pod.yaml",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: absent}
            spec: {containers: [{name: absent, image: "127.0.0.1:1/absent:1"}]}
            """)
        .commit("a bad image");

    waitFor("target/bad@real", "degraded");
    assertThat(cluster.cli().answer("describe", "target", "bad@real"))
        .containsAnyOf("ImagePullBackOff", "ErrImagePull");
    assertThat(cluster.cli().answer("get", "targets"))
        .as("one bad bundle stops no other")
        .containsPattern("shop@real.*Ready");
  }

  @Test
  @Order(5)
  void theAgentMayActForItsDeployerAndForNothingElse() {
    String agent = "system:serviceaccount:" + RealCluster.AGENT_NAMESPACE + ":towline-agent";
    String deployer = "system:serviceaccount:" + RealCluster.AGENT_NAMESPACE + ":towline-deployer";
    assertThat(
            may(
                agent,
                RealCluster.AGENT_NAMESPACE,
                "",
                "serviceaccounts",
                "towline-deployer",
                "impersonate"))
        .isTrue();
    assertThat(may(deployer, "shop", "apps", "deployments", "web", "patch")).isTrue();
    assertThat(may(agent, "shop", "apps", "deployments", "web", "get")).isFalse();
    assertThat(may(agent, "shop", "apps", "deployments", "web", "patch")).isFalse();
    assertThat(may(agent, "shop", "", "secrets", "any", "get")).isFalse();
    assertThat(may(agent, RealCluster.AGENT_NAMESPACE, "", "secrets", "any", "get")).isFalse();
    assertThat(may(agent, "kube-system", "", "serviceaccounts", "default", "impersonate"))
        .isFalse();
  }

  @Test
  @Order(6)
  void anUpgradeOfTheAgentLosesNothing() {
    String before = onlyUid(RealCluster.AGENT_NAMESPACE, AGENT_LABEL);
    String web = onlyUid("shop", APP_LABEL);

    cluster.helm(
        "upgrade",
        "towline-agent",
        ChartReference.folder("towline-agent").toString(),
        "--namespace",
        RealCluster.AGENT_NAMESPACE,
        "--reuse-values",
        "--set",
        "podAnnotations.example\\.com/try=second",
        "--set",
        "join.token=");
    cluster.awaitAgent();
    cluster
        .repository()
        .write("apps/shop/settings.yaml", Yaml.configMap("settings", "after"))
        .commit("after the upgrade");

    cluster
        .admin()
        .await(
            "/api/v1/namespaces/shop/configmaps/settings", RealCluster.SOON, "is there", o -> true);
    waitFor("cluster/real", "online");
    assertThat(onlyUid(RealCluster.AGENT_NAMESPACE, AGENT_LABEL)).isNotEqualTo(before);
    assertThat(onlyUid("shop", APP_LABEL)).as("the pod of the workload").isEqualTo(web);
  }

  @Test
  @Order(9)
  void anUninstalledAgentLeavesItsWorkloadsRunning() throws Exception {
    String web = onlyUid("shop", APP_LABEL);

    String said =
        cluster.helm(
            "uninstall", "towline-agent", "--namespace", RealCluster.AGENT_NAMESPACE, "--wait");

    assertThat(said).contains("kept", "towline-agent-state");
    cluster
        .admin()
        .awaitAll(
            "/api/v1/namespaces/"
                + RealCluster.AGENT_NAMESPACE
                + "/pods?labelSelector="
                + AGENT_LABEL,
            RealCluster.SOON,
            "the agent's pod is gone",
            List::isEmpty);
    assertThat(onlyUid("shop", APP_LABEL)).isEqualTo(web);
    JsonNode pod = cluster.pods("shop", APP_LABEL).getFirst();
    assertThat(answerOf(pod.at("/status/podIP").asText())).isEqualTo("waiting\n");
  }

  private static String web(String image) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              securityContext:
                runAsNonRoot: true
                runAsUser: 65532
                seccompProfile: {type: RuntimeDefault}
              containers:
                - name: web
                  image: %s
                  args: [":8080"]
                  readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities: {drop: [ALL]}
        """
        .formatted(image);
  }

  private static void waitFor(String what, String state) {
    TowlineCli.Result waited = cluster.cli().run("wait", what, "--for", state, "--timeout", "100s");
    assertThat(waited.exitCode()).as("%s%n%s", waited.stdout(), waited.stderr()).isZero();
  }

  private static String onlyUid(String namespace, String selector) {
    List<JsonNode> pods = cluster.pods(namespace, selector);
    assertThat(pods).hasSize(1);
    return pods.getFirst().at("/metadata/uid").asText();
  }

  private static String answerOf(String address) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://" + address + ":8080/")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static boolean may(
      String user, String namespace, String group, String resource, String name, String verb) {
    JsonNode answer =
        cluster
            .admin()
            .create(
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                Map.of(
                    "apiVersion",
                    "authorization.k8s.io/v1",
                    "kind",
                    "SubjectAccessReview",
                    "spec",
                    Map.of(
                        "user",
                        user,
                        "resourceAttributes",
                        Map.of(
                            "namespace", namespace,
                            "group", group,
                            "resource", resource,
                            "name", name,
                            "verb", verb))));
    return answer.at("/status/allowed").asBoolean();
  }
}
