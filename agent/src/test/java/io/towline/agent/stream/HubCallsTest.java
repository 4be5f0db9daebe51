package io.towline.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.enroll.AgentKey;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.Proposal;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.verify.AgentUnderTest;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCallsTest {
  private static final Proposal NOBODY = new Proposal("", Map.of());
  private static FakeAuthority tls;

  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private FakeHub hub;

  @BeforeAll
  static void makeTheHubsKey() throws Exception {
    tls = new FakeAuthority();
  }

  @BeforeEach
  void startTheHub() throws Exception {
    hub = new FakeHub(fleet, tls, 0);
  }

  @AfterEach
  void stopTheHub() throws Exception {
    hub.close();
  }

  @Test
  void believesTheHubThatThePinnedAuthorityVouchesForAtWhateverAddress() throws Exception {
    try (HubCalls calls = certified(hub);
        HubStream<FollowRequest, FollowResponse> stream =
            calls.follow(FollowRequest.getDefaultInstance())) {
      assertThat(stream.read(Duration.ofSeconds(30)).orElseThrow().hasWelcome()).isTrue();
      assertThat(hub.calls.take()).isEqualTo("Follow");
    }
  }

  @Test
  void callsNobodyOfAnotherAuthorityAndShowsItNoToken() throws Exception {
    JoinToken token = fleet.token(hub.address(), Digest.of(new byte[1]));
    try (HubCalls calls = new HubCalls("test", HubRoute.DIRECT, () -> FakeFleet.NOW)) {
      AgentKey key = AgentKey.generate(new SecureRandom());
      assertThatThrownBy(() -> calls.enroll(token, key, NOBODY, AgentFacts.getDefaultInstance()))
          .isInstanceOfSatisfying(
              HubException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(HubException.Kind.UNAVAILABLE);
                assertThat(e.reason()).contains(Reason.HUB_NOT_TRUSTED);
                assertThat(e).hasMessageContaining(tls.pin().hex());
              });
      assertThat(hub.calls).isEmpty();
    }
  }

  @Test
  void callsNobodyWhoShowsAnotherCertificateOfTheSameAuthority() throws Exception {
    List<FakeAuthority.Server> impostors =
        List.of(
            tls.server("spiffe://" + fleet.fleet + "/hub", KeyPurposeId.id_kp_clientAuth),
            tls.server(
                "spiffe://" + fleet.fleet + "/cluster/" + fleet.cluster,
                KeyPurposeId.id_kp_serverAuth),
            tls.server("spiffe://" + fleet.cluster + "/hub", KeyPurposeId.id_kp_serverAuth),
            new FakeAuthority.Server(
                new FakeAuthority().hub(fleet.fleet).key(),
                List.of(
                    new FakeAuthority().hub(fleet.fleet).chain().getFirst(), tls.certificate())));
    for (FakeAuthority.Server shown : impostors.subList(0, 3)) {
      try (FakeHub impostor = new FakeHub(fleet, tls, shown, 0);
          HubCalls calls = certified(impostor)) {
        assertThatThrownBy(() -> calls.roots(0)).isInstanceOf(HubException.class);
        assertThat(impostor.calls).isEmpty();
      }
    }
    PinnedTrustManager trust =
        new PinnedTrustManager(List.of(tls.pin()), fleet.fleet, () -> FakeFleet.NOW);
    X509Certificate[] mixed = impostors.getLast().chain().toArray(X509Certificate[]::new);
    assertThatThrownBy(() -> trust.checkServerTrusted(mixed, "UNKNOWN"))
        .isInstanceOf(CertificateException.class);
    assertThatThrownBy(() -> trust.checkServerTrusted(new X509Certificate[] {mixed[1]}, "UNKNOWN"))
        .isInstanceOf(CertificateException.class);
  }

  private static HubCalls certified(FakeFleet fleet, FakeHub hub) throws Exception {
    HubCalls calls = new HubCalls("test", HubRoute.DIRECT, () -> FakeFleet.NOW);
    calls.use(new Identity(fleet.token(hub.address(), tls.pin())), tls.credential());
    return calls;
  }

  private HubCalls certified(FakeHub at) throws Exception {
    return certified(fleet, at);
  }

  /** The name of the hub is the proxy's business, and so is who may call it. */
  @Test
  void goesThroughAProxy() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(hub.port(), "edge:s3cret");
        HubCalls calls =
            new HubCalls("test", HubRouteTest.via(proxy, "edge:s3cret"), () -> FakeFleet.NOW)) {
      AgentKey key = AgentKey.generate(new SecureRandom());

      calls.enroll(
          fleet.token("hub.invalid:8443", tls.pin()), key, NOBODY, AgentFacts.getDefaultInstance());

      assertThat(proxy.asked()).containsExactly("CONNECT hub.invalid:8443 HTTP/1.1");
    }
  }

  @Test
  void saysWhatAProxyRefused() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(hub.port(), "edge:s3cret");
        HubCalls calls =
            new HubCalls("test", HubRouteTest.via(proxy, "edge:guessed"), () -> FakeFleet.NOW)) {
      AgentKey key = AgentKey.generate(new SecureRandom());

      assertThatThrownBy(
              () ->
                  calls.enroll(
                      fleet.token("hub.invalid:8443", tls.pin()),
                      key,
                      NOBODY,
                      AgentFacts.getDefaultInstance()))
          .isInstanceOf(HubException.class)
          .hasMessageContaining("407")
          .hasMessageNotContaining("guessed");
    }
  }

  @Test
  void comesBackToAHubThatWasAway() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    int port = hub.port();
    try (AgentUnderTest agent =
        new AgentUnderTest(directory, fleet.token(hub.address(), tls.pin()))) {
      agent.nextAccepted();
      hub.close();
      assertThat(agent.lost.take().kind()).isEqualTo(HubException.Kind.UNAVAILABLE);
      hub = new FakeHub(fleet, tls, port);
      hub.publish(fleet.draft(2, fleet.bundle("web", 1, i -> "two")).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void leavesAStreamThatIsSilentForTwoBeats() throws Exception {
    hub.beat = Duration.ofMillis(60);
    try (AgentUnderTest agent =
        new AgentUnderTest(directory, fleet.token(hub.address(), tls.pin()))) {
      hub.follows.take();
      assertThat(agent.lost.take().kind()).isEqualTo(HubException.Kind.SILENT);
      hub.follows.take();
    }
  }

  @Test
  void waitsEverLongerWithJitterButNeverLongerThanAllowed() {
    Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random(3));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.next())
          .isBetween(Duration.ofMillis(50), Duration.ofSeconds(Math.min(30, 1L << Math.min(i, 5))));
    }
    assertThat(backoff.failures()).isEqualTo(100);
    backoff.reset();
    assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofSeconds(1));
  }
}
