package io.towline.agent.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.TestConfig;
import io.towline.agent.enroll.AgentConfig;
import io.towline.agent.kube.TestCluster;
import io.towline.agent.kube.WithCluster;
import io.towline.agent.stream.ConnectProxy;
import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FakeHub;
import io.towline.agent.stream.StreamConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The checks before and after an agent joins, with a real API server and a hub over real TLS. */
@ExtendWith(WithCluster.class)
class ChecklistTest {
  /** Whatever this machine's environment says. */
  private static final Map<String, String> DIRECT = Map.of("towline.stream.proxy", "");

  private final TestCluster cluster;
  private final FakeFleet fleet = new FakeFleet();
  private final FakeAuthority tls = new FakeAuthority();
  private FakeHub hub;

  ChecklistTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void startTheHub() throws Exception {
    hub = new FakeHub(fleet, tls, 0);
  }

  @AfterEach
  void stopTheHub() throws Exception {
    hub.close();
  }

  private List<Check> look(String token, InstantSource clock, Path kubeconfig) throws Exception {
    return look(token, clock, kubeconfig, DIRECT);
  }

  private static List<Check> look(
      String token, InstantSource clock, Path kubeconfig, Map<String, String> stream)
      throws Exception {
    return new Checklist(
            agentConfig(token),
            applyConfig(kubeconfig),
            TestConfig.of(StreamConfig.class, stream),
            clock)
        .look();
  }

  private static AgentConfig agentConfig(String token) {
    return TestConfig.of(
        AgentConfig.class, token.isEmpty() ? Map.of() : Map.of("towline.join-token", token));
  }

  private static ApplyConfig applyConfig(Path kubeconfig) {
    return TestConfig.of(
        ApplyConfig.class,
        Map.of(
            "towline.apply.kubeconfig",
            kubeconfig.toString(),
            "towline.apply.default-service-account",
            "default/default"));
  }

  private List<Check> look(String token) throws Exception {
    return look(token, InstantSource.system(), cluster.kubeconfig());
  }

  private String token(String address) {
    return fleet.token(address, tls.pin()).encode();
  }

  private static void assertOnlyBad(List<Check> checks, String name, String remedy) {
    assertThat(checks)
        .filteredOn(check -> !check.isGood())
        .singleElement()
        .satisfies(check -> assertThat(check.name()).isEqualTo(name))
        .satisfies(check -> assertThat(check.remedy().orElseThrow()).contains(remedy));
  }

  @Test
  void findsEverythingAsItHasToBe() throws Exception {
    assertThat(look(token(hub.address())))
        .allMatch(Check::isGood)
        .extracting(Check::name)
        .containsExactly(
            "join token",
            "name of the hub",
            "way to the hub",
            "identity of the hub",
            "clock",
            "API server",
            "own rights",
            "rights of bundles");
    assertThat(hub.enrollments).as("nothing was used up").isEmpty();
  }

  @Test
  void tellsAMissingTokenFromADamagedOne() throws Exception {
    assertOnlyBad(look(""), "join token", "towline cluster rotate");
    String whole = token(hub.address());
    assertOnlyBad(
        look(whole.substring(0, whole.length() - 9)), "join token", "copy the token whole");
  }

  @Test
  void tellsWhereTheWayToTheHubEnds() throws Exception {
    assertOnlyBad(look(token("hub.invalid:8443")), "name of the hub", "advertised-address");
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    assertOnlyBad(look(token("127.0.0.1:" + closed)), "way to the hub", "networkPolicy.hub.port");
  }

  @Test
  void goesTheWayThatTheAgentGoes() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(hub.port(), "edge:s3cret")) {
      String at = "@127.0.0.1:" + proxy.port();
      String token = token("hub.invalid:8443");

      assertThat(lookVia("http://edge:s3cret" + at, token))
          .allMatch(Check::isGood)
          .extracting(Check::name)
          .contains("name of the proxy", "identity of the hub");
      assertOnlyBad(lookVia("http://edge:guessed" + at, token), "way to the hub", "(407)");
      assertOnlyBad(lookVia("http://proxy.invalid:1", token), "name of the proxy", "proxy.url");
      assertOnlyBad(lookVia("socks://proxy:1", token), "proxy", "correct it");
    }
  }

  private List<Check> lookVia(String proxy, String token) throws Exception {
    return look(
        token, InstantSource.system(), cluster.kubeconfig(), Map.of("towline.stream.proxy", proxy));
  }

  @Test
  void tellsAStrangerFromAWrongClock() throws Exception {
    String ofAnotherHub = fleet.token(hub.address(), new FakeAuthority().pin()).encode();
    assertOnlyBad(look(ofAnotherHub), "identity of the hub", "let TLS pass through");
    InstantSource later = InstantSource.offset(InstantSource.system(), Duration.ofDays(36_500));
    assertOnlyBad(
        look(token(hub.address()), later, cluster.kubeconfig()), "clock", "set the clock");
  }

  @Test
  void tellsThatNoApiServerAnswers() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    assertOnlyBad(
        look(token(hub.address()), InstantSource.system(), cluster.kubeconfigVia(closed)),
        "API server",
        "networkPolicy.apiServer");
  }

  @Test
  void printsALineForEachAndTheRemedyBelow() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    boolean good =
        new Checklist(
                agentConfig(""),
                applyConfig(cluster.kubeconfig()),
                TestConfig.of(StreamConfig.class, DIRECT))
            .print(new PrintStream(bytes, true, StandardCharsets.UTF_8));

    assertThat(good).isFalse();
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .startsWith("✖ join token: none is given")
        .contains("\n    towline cluster rotate NAME")
        .contains("\n✔ API server: Kubernetes v");
  }
}
