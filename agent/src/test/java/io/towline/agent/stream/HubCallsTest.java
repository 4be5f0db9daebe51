package io.towline.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.enroll.Identity;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.verify.AgentUnderTest;
import io.towline.envelope.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCallsTest {
  @TempDir static Path keys;
  private static TlsKey tls;

  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private FakeHub hub;

  @BeforeAll
  static void makeTheHubsKey() throws Exception {
    tls = TlsKey.create(keys);
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
  void believesTheHubWhoseKeyTheTokenPinsWhateverItsName() throws Exception {
    Identity identity = new Identity(fleet.token(hub.address(), tls.pin()));
    try (HubCalls calls = new HubCalls(identity, "test");
        HubStream<FollowRequest, FollowResponse> stream =
            calls.follow(FollowRequest.getDefaultInstance())) {
      assertThat(stream.read(Duration.ofSeconds(30)).orElseThrow().hasWelcome()).isTrue();
      assertThat(hub.credentials.take()).isEqualTo("Bearer " + identity.secret());
    }
  }

  @Test
  void tellsNoSecretToAHubOfAnotherKey() throws Exception {
    Identity identity = new Identity(fleet.token(hub.address(), Digest.of(new byte[1])));
    try (HubCalls calls = new HubCalls(identity, "test")) {
      assertThatThrownBy(() -> calls.roots(0))
          .isInstanceOfSatisfying(
              HubException.class,
              e -> assertThat(e.kind()).isEqualTo(HubException.Kind.UNAVAILABLE));
      assertThat(hub.credentials).isEmpty();
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
