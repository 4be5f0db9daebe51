package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.envelope.JoinToken;
import io.towline.envelope.PoolToken;
import io.towline.hub.enroll.EnrollException;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.enroll.Issued;
import io.towline.hub.enroll.Registration;
import io.towline.hub.enroll.TestAgent;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Pool;
import io.towline.hub.stream.AgentsPort.Certified;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three agents' ports over one database and one set of keys, as replicas of a hub are. */
class ReplicasTest {
  private static final String NAME = "store-0001";
  private static final int REPLICAS = 3;
  private static final int CLAIMS = 500;
  private static final FollowRequest FOLLOW = FollowRequest.getDefaultInstance();

  @TempDir Path directory;
  private FleetFixture fixture;
  private final List<AgentsPort> ports = new ArrayList<>();
  private KnownCluster cluster;

  @BeforeEach
  void open() throws IOException {
    fixture = new FleetFixture(directory);
    for (int i = 0; i < REPLICAS; i++) {
      ports.add(new AgentsPort(fixture, directory, new RecordingSink()));
    }
    cluster = fixture.cluster(NAME, Map.of());
  }

  @AfterEach
  void close() {
    ports.forEach(AgentsPort::close);
    fixture.close();
  }

  @Test
  void ofFiveHundredThatShowOneTokenToAllReplicasOneWins() throws Exception {
    JoinToken token = ports.getFirst().token(NAME);

    Map<String, Integer> outcomes =
        race(
            (enrolling, number) ->
                enrolling.enroll(
                    token.secret(), token.cluster().toString(), TestAgent.create().request(), ""));

    assertThat(outcomes)
        .containsOnly(Map.entry("in", 1), Map.entry(Reason.JOIN_TOKEN_USED.name(), CLAIMS - 1));
    assertThat(fixture.column("select spki_sha256 from agent_key"))
        .isEqualTo(fixture.column("select claimed_by from join_token"));
  }

  @Test
  void aPoolOfAHundredLetsExactlyAHundredOfFiveHundredIn() throws Exception {
    PoolToken token = pool(100, false);

    Map<String, Integer> outcomes =
        race(
            (enrolling, number) ->
                enrolling.enroll(
                    token.secret(),
                    new Pool.Proposal("edge-" + number, Map.of()),
                    TestAgent.create().request(),
                    "uid-" + number));

    assertThat(outcomes)
        .containsOnly(Map.entry("in", 100), Map.entry(Reason.POOL_EXHAUSTED.name(), CLAIMS - 100));
    assertThat(fixture.pools.all().getFirst().used()).isEqualTo(100);
    assertThat(fixture.column("select name from cluster where pool = 'edge'")).hasSize(100);
    assertThat(fixture.column("select spki_sha256 from agent_key")).hasSize(100);
  }

  @Test
  void ofFiveHundredThatProposeOneNameOneGetsIt() throws Exception {
    PoolToken token = pool(CLAIMS, false);

    Map<String, Integer> outcomes =
        race(
            (enrolling, number) ->
                enrolling.enroll(
                    token.secret(),
                    new Pool.Proposal("edge-1", Map.of()),
                    TestAgent.create().request(),
                    ""));

    assertThat(outcomes)
        .containsOnly(Map.entry("in", 1), Map.entry(Reason.CLUSTER_NAME_TAKEN.name(), CLAIMS - 1));
    assertThat(fixture.pools.all().getFirst().used()).isEqualTo(1);
  }

  @Test
  void oneKeyThatAsksAllReplicasAtOnceIsOneCluster() throws Exception {
    PoolToken token = pool(CLAIMS, false);
    TestAgent agent = TestAgent.create();

    Map<String, Integer> outcomes =
        race(
            (enrolling, number) ->
                enrolling.enroll(
                    token.secret(), new Pool.Proposal("edge-1", Map.of()), agent.request(), ""));

    assertThat(outcomes).containsOnly(Map.entry("in", CLAIMS));
    assertThat(fixture.pools.all().getFirst().used()).isEqualTo(1);
    assertThat(fixture.column("select spki_sha256 from agent_key"))
        .containsExactly(agent.digest().hex());
  }

  @Test
  void anAnswerThatOneReplicaLostIsGivenByAnother() throws Exception {
    JoinToken token = ports.get(0).token(NAME);
    TestAgent agent = TestAgent.create();
    var unused = enroll(ports.get(0), token, agent);

    Issued again = enroll(ports.get(1), token, agent);

    assertThat(again.again()).isTrue();
    assertThat(
            ports
                .get(2)
                .blocking(certified(agent, again))
                .getRoots(GetRootsRequest.getDefaultInstance())
                .getRootsCount())
        .isEqualTo(1);
  }

  @Test
  void whoIsRevokedAtOneReplicaIsCutOffAtTheOthersWithinFiveSeconds() throws Exception {
    Certified agent = ports.get(0).agent(NAME);
    Inbox<FollowResponse> elsewhere = follow(ports.get(1), agent);

    ports.get(0).registration.rotate(cluster, Optional.empty(), true, false);
    ports.get(0).streams.cut(cluster, Reason.CERTIFICATE_REVOKED);
    fourSecondsLater(ports.get(1));

    assertThat(elsewhere.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(ports.get(1).streams.streams()).isZero();
    Inbox<FollowResponse> third = new Inbox<>();
    ports.get(2).async(agent).follow(FOLLOW, third);
    assertThat(third.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void aClusterThatIsRemovedAtOneReplicaIsCutOffAtTheOthersWithinFiveSeconds() throws Exception {
    Inbox<FollowResponse> elsewhere = follow(ports.get(1), ports.get(0).agent(NAME));

    fixture.clusters.remove(cluster);
    fourSecondsLater(ports.get(1));

    assertThat(elsewhere.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void whoIsAcceptedAtOneReplicaGetsItsCertificateFromAnother() {
    PoolToken token = pool(1, true);
    TestAgent agent = TestAgent.create();
    Pool.Proposal proposal = new Pool.Proposal("edge-1", Map.of());
    assertThat(
            outcome(
                () -> ports.get(0).enrolling.enroll(token.secret(), proposal, agent.request(), "")))
        .isEqualTo(Reason.ACCEPTANCE_PENDING.name());

    fixture.pools.accept(fixture.clusters.named("edge-1").orElseThrow());

    assertThat(
            outcome(
                () -> ports.get(1).enrolling.enroll(token.secret(), proposal, agent.request(), "")))
        .isEqualTo("in");
  }

  private static Inbox<FollowResponse> follow(AgentsPort port, Certified agent) throws Exception {
    Inbox<FollowResponse> inbox = new Inbox<>();
    port.async(agent).follow(FOLLOW, inbox);
    assertThat(inbox.next().hasWelcome()).isTrue();
    return inbox;
  }

  private static void fourSecondsLater(AgentsPort port) {
    port.nanos.addAndGet(Duration.ofSeconds(4).toNanos());
    port.streams.tick();
  }

  private PoolToken pool(int max, boolean waits) {
    return ports
        .getFirst()
        .registration
        .register(
            new Registration.NewPool("edge", max, Map.of(), List.of(), "", waits), Optional.empty())
        .orElseThrow();
  }

  private static Issued enroll(AgentsPort port, JoinToken token, TestAgent agent) {
    return port.enrolling.enroll(token.secret(), token.cluster().toString(), agent.request(), "");
  }

  private static Certified certified(TestAgent agent, Issued issued) {
    return new Certified(agent.key().getPrivate(), issued.certificate());
  }

  /** So many claims at once over all replicas in turn; how often each came out how. */
  private Map<String, Integer> race(BiFunction<Enrolling, Integer, Issued> claim) throws Exception {
    List<Future<String>> answers;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> claims = new ArrayList<>();
      for (int i = 0; i < CLAIMS; i++) {
        int number = i;
        Enrolling enrolling = ports.get(i % REPLICAS).enrolling;
        claims.add(() -> outcome(() -> claim.apply(enrolling, number)));
      }
      answers = threads.invokeAll(claims);
    }
    Map<String, Integer> outcomes = new HashMap<>();
    for (Future<String> answer : answers) {
      outcomes.merge(answer.get(), 1, Integer::sum);
    }
    return outcomes;
  }

  private static String outcome(Callable<Issued> claim) {
    try {
      var unused = claim.call();
      return "in";
    } catch (EnrollException e) {
      return e.reason().name();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
