package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.envelope.PoolToken;
import io.towline.hub.enroll.Registration.NewPool;
import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Pool;
import io.towline.hub.store.Settings;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One token for many clusters, on the real schema. */
class PoolTest {
  private static final Map<String, String> NONE = Map.of();

  @TempDir Path directory;
  private FleetFixture fixture;
  private Registration registration;
  private Enrolling enrolling;

  @BeforeEach
  void open() throws IOException {
    fixture = new FleetFixture(directory);
    AgentsSettings settings = Settings.of(AgentsSettings.class, Map.of());
    Authorities authorities = Authorities.open(directory, new SecureRandom(), fixture.clock);
    registration =
        new Registration(
            fixture.clusters,
            fixture.enrollments,
            fixture.pools,
            fixture.fleet,
            authorities,
            settings,
            () -> 8443,
            new SecureRandom(),
            fixture.clock);
    enrolling =
        new Enrolling(
            fixture.enrollments,
            fixture.pools,
            fixture.fleet,
            authorities,
            settings,
            new SecureRandom(),
            fixture.clock,
            () -> 0,
            reason -> {});
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void eachKeyBecomesAClusterOfItsOwnUnderTheNameThatItProposes() {
    PoolToken token = pool(pool("edge", 3));

    Issued first = enroll(token, TestAgent.create(), "edge-1", NONE);
    Issued second = enroll(token, TestAgent.create(), "edge-2", NONE);

    Caller caller = enrolling.recognise(first.certificate(), false);
    assertThat(caller.cluster().name()).isEqualTo("edge-1");
    assertThat(second.cluster().id()).isNotEqualTo(first.cluster().id());
    assertThat(second.certificate().getSubjectX500Principal().getName()).isEqualTo("CN=edge-2");
    assertThat(fixture.clusters.all().stream().map(ClusterFacts::name))
        .containsExactly("edge-1", "edge-2");
    assertThat(fixture.pools.all().getFirst().used()).isEqualTo(2);
  }

  @Test
  void aKeyMayAskAgainUntilTheTokenExpiresAndCountsOnce() {
    PoolToken token = pool(pool("edge", 1));
    TestAgent agent = TestAgent.create();
    Issued first = enroll(token, agent, "edge-1", NONE);

    Issued again = enroll(token, agent, "another-name", Map.of());

    assertThat(first.again()).isFalse();
    assertThat(again.again()).isTrue();
    assertThat(again.cluster()).isEqualTo(first.cluster());
    assertThat(refused(token, TestAgent.create(), "edge-2", NONE)).isEqualTo(Reason.POOL_EXHAUSTED);
    fixture.now = FleetFixture.NOW.plus(Duration.ofHours(1));
    assertThat(refused(token, agent, "edge-1", NONE)).isEqualTo(Reason.JOIN_TOKEN_EXPIRED);
    assertThat(refused(token, TestAgent.create(), "edge-2", NONE))
        .isEqualTo(Reason.JOIN_TOKEN_EXPIRED);
  }

  @Test
  void aNameThatIsTakenIsRefusedAndShownWithBothClustersAndUsesNothingUp() {
    PoolToken token = pool(pool("edge", 2));
    enroll(token, TestAgent.create(), "edge-1", NONE);

    EnrollException refusal =
        refusal(token, TestAgent.create(), "edge-1", NONE, "uid-of-edge-1-too");

    assertThat(refusal.reason()).isEqualTo(Reason.CLUSTER_NAME_TAKEN);
    assertThat(refusal).hasMessageContaining("uid-of-edge-1;").hasMessageContaining("edge-1-too");
    assertThat(
            fixture.column(
                "select c.name || ' ' || e.reason from event e join cluster c"
                    + " on c.id = e.cluster_id"))
        .containsExactly("edge-1 ClusterNameTaken");
    assertThat(fixture.pools.all().getFirst().used()).isEqualTo(1);
    registration.register("edge-2", Map.of(), Optional.empty());
    assertThat(refused(token, TestAgent.create(), "edge-2", NONE))
        .isEqualTo(Reason.CLUSTER_NAME_TAKEN);
    enroll(token, TestAgent.create(), "edge-3", NONE);
  }

  @Test
  void takesTheLabelsThatThePoolAcceptsAndItsOwnAlwaysWin() {
    PoolToken token =
        pool(
            new NewPool(
                "edge",
                10,
                Map.of("env", "edge"),
                List.of("site", "example.com/*"),
                "edge-",
                false));

    enroll(
        token,
        TestAgent.create(),
        "edge-1",
        Map.of("site", "lima", "env", "prod", "example.com/rack", "7"));

    assertThat(fixture.clusters.all().getFirst().labels())
        .containsOnly(
            Map.entry("site", "lima"),
            Map.entry("env", "edge"),
            Map.entry("example.com/rack", "7"));
    EnrollException refusal =
        refusal(token, TestAgent.create(), "edge-2", Map.of("tier", "1"), "uid");
    assertThat(refusal.reason()).isEqualTo(Reason.PROPOSAL_REFUSED);
    assertThat(refusal).hasMessageContaining("tier").hasMessageContaining("site, example.com/*");
    assertThat(fixture.column("select reason from event")).containsExactly("ProposalRefused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Edge-1", "edge-1.", "-edge", "prod-1", "edge_1"})
  void refusesANameThatIsNoneOfThePool(String name) {
    PoolToken token = pool(new NewPool("edge", 10, Map.of(), List.of(), "edge-", false));

    assertThat(refused(token, TestAgent.create(), name, NONE)).isEqualTo(Reason.PROPOSAL_REFUSED);
    assertThat(fixture.clusters.all()).isEmpty();
  }

  @Test
  void refusesLabelsThatKubernetesWouldRefuse() {
    PoolToken token = pool(new NewPool("edge", 10, Map.of(), List.of("*"), "", false));

    assertThat(refused(token, TestAgent.create(), "edge-1", Map.of("a b", "x")))
        .isEqualTo(Reason.PROPOSAL_REFUSED);
    assertThat(refused(token, TestAgent.create(), "edge-1", Map.of("a", "x y")))
        .isEqualTo(Reason.PROPOSAL_REFUSED);
  }

  @Test
  void aClusterWaitsForAPersonAndThenGetsItsCertificateThoughTheTokenExpiredMeanwhile() {
    PoolToken token = pool(waiting("edge"));
    TestAgent agent = TestAgent.create();

    assertThat(refused(token, agent, "edge-1", NONE)).isEqualTo(Reason.ACCEPTANCE_PENDING);
    assertThat(refused(token, agent, "edge-1", NONE)).isEqualTo(Reason.ACCEPTANCE_PENDING);
    assertThat(fixture.clusters.all()).as("nothing is made for it").isEmpty();
    assertThat(fixture.clusters.registered()).isEmpty();
    assertThat(fixture.column("select reason from event")).containsExactly("AcceptancePending");
    assertThat(fixture.pools.all().getFirst().waiting()).isEqualTo(1);

    fixture.now = FleetFixture.NOW.plus(Duration.ofHours(3));
    assertThat(fixture.pools.accept(named("edge-1"))).isTrue();
    assertThat(fixture.pools.accept(named("edge-1"))).isFalse();
    Issued issued = enroll(token, agent, "edge-1", NONE);

    assertThat(enrolling.recognise(issued.certificate(), false).cluster().name())
        .isEqualTo("edge-1");
    assertThat(fixture.clusters.all()).hasSize(1);
    fixture.now = fixture.now.plus(Duration.ofHours(24));
    assertThat(refused(token, agent, "edge-1", NONE)).isEqualTo(Reason.JOIN_TOKEN_EXPIRED);
  }

  @Test
  void aClusterThatWasRejectedStaysAwayWithItsKeyAndItsNameIsFree() {
    PoolToken token = pool(waiting("edge"));
    TestAgent agent = TestAgent.create();
    refused(token, agent, "edge-1", NONE);

    assertThat(fixture.clusters.reject(named("edge-1"))).isTrue();

    assertThat(refused(token, agent, "edge-1", NONE)).isEqualTo(Reason.CLUSTER_REMOVED);
    TestAgent next = TestAgent.create();
    assertThat(refused(token, next, "edge-1", NONE)).isEqualTo(Reason.ACCEPTANCE_PENDING);
    fixture.pools.accept(named("edge-1"));
    assertThat(fixture.clusters.reject(named("edge-1"))).as("it does not wait").isFalse();
  }

  @Test
  void aTokenOfItsOwnAcceptsAClusterThatWaits() {
    PoolToken token = pool(waiting("edge"));
    TestAgent agent = TestAgent.create();
    refused(token, agent, "edge-1", NONE);

    registration.rotate(named("edge-1"), Optional.empty(), false, false);

    assertThat(fixture.clusters.all()).hasSize(1);
    enroll(token, agent, "edge-1", NONE);
  }

  @Test
  void aPoolThatIsRemovedLetsNobodyInAnyMoreAndKeepsWhoIsIn() {
    PoolToken token = pool(waiting("edge"));
    TestAgent in = TestAgent.create();
    refused(token, in, "edge-1", NONE);
    fixture.pools.accept(named("edge-1"));
    Issued issued = enroll(token, in, "edge-1", NONE);
    TestAgent waiting = TestAgent.create();
    refused(token, waiting, "edge-2", NONE);

    assertThat(fixture.pools.remove("edge")).contains(1);

    assertThat(fixture.pools.remove("edge")).isEmpty();
    assertThat(refused(token, waiting, "edge-2", NONE)).isEqualTo(Reason.JOIN_TOKEN_UNKNOWN);
    assertThat(fixture.clusters.named("edge-2")).isEmpty();
    assertThat(enrolling.recognise(issued.certificate(), false).cluster().name())
        .isEqualTo("edge-1");
  }

  @Test
  void aTokenOfOneKindIsNothingWhereTheOtherIsWanted() {
    PoolToken token = pool(pool("edge", 1));
    var one = registration.register("store-0001", Map.of(), Optional.empty()).token();

    assertThat(
            catchThrowableOfType(
                    EnrollException.class,
                    () ->
                        enrolling.enroll(
                            token.secret(),
                            one.cluster().toString(),
                            TestAgent.create().request(),
                            ""))
                .reason())
        .isEqualTo(Reason.JOIN_TOKEN_UNKNOWN);
    assertThat(
            catchThrowableOfType(
                    EnrollException.class,
                    () ->
                        enrolling.enroll(
                            one.secret(),
                            new Pool.Proposal("edge-1", NONE),
                            TestAgent.create().request(),
                            ""))
                .reason())
        .isEqualTo(Reason.JOIN_TOKEN_UNKNOWN);
  }

  @Test
  void refusesAKeyThatIsAnotherClusters() {
    TestAgent agent = TestAgent.create();
    enroll(pool(pool("edge", 1)), agent, "edge-1", NONE);

    assertThat(refused(pool(pool("far", 1)), agent, "far-1", NONE))
        .isEqualTo(Reason.CERTIFICATE_REQUEST_INVALID);
  }

  @Test
  void refusesAPoolThatThereIsOrThatNobodyCouldUse() {
    pool(pool("edge", 1));

    assertThat(registration.register(pool("edge", 1), Optional.empty())).isEmpty();
    for (NewPool wrong :
        List.of(
            pool("Edge", 1),
            pool("far", 0),
            pool("far", Registration.MAX_OF_A_POOL + 1),
            new NewPool("far", 1, Map.of("a b", "x"), List.of(), "", false),
            new NewPool("far", 1, Map.of(), List.of("a b"), "", false),
            new NewPool("far", 1, Map.of(), List.of("a*b"), "", false),
            new NewPool("far", 1, Map.of(), List.of(), "Far-", false))) {
      assertThatThrownBy(() -> registration.register(wrong, Optional.empty()))
          .as(wrong.toString())
          .isInstanceOf(RegistrationException.class);
    }
    assertThatThrownBy(
            () -> registration.register(pool("far", 1), Optional.of(Duration.ofHours(25))))
        .isInstanceOf(RegistrationException.class);
  }

  private KnownCluster named(String name) {
    return fixture.clusters.named(name).orElseThrow();
  }

  private static NewPool pool(String name, int max) {
    return new NewPool(name, max, Map.of(), List.of(), "", false);
  }

  private static NewPool waiting(String name) {
    return new NewPool(name, 10, Map.of(), List.of(), "", true);
  }

  private PoolToken pool(NewPool pool) {
    return registration.register(pool, Optional.empty()).orElseThrow();
  }

  private Issued enroll(PoolToken token, TestAgent agent, String name, Map<String, String> labels) {
    return enrolling.enroll(
        token.secret(), new Pool.Proposal(name, labels), agent.request(), "uid-of-" + name);
  }

  private Reason refused(
      PoolToken token, TestAgent agent, String name, Map<String, String> labels) {
    return refusal(token, agent, name, labels, "uid-of-" + name).reason();
  }

  private EnrollException refusal(
      PoolToken token,
      TestAgent agent,
      String name,
      Map<String, String> labels,
      String kubeSystemUid) {
    EnrollException refusal =
        catchThrowableOfType(
            EnrollException.class,
            () ->
                enrolling.enroll(
                    token.secret(),
                    new Pool.Proposal(name, labels),
                    agent.request(),
                    kubeSystemUid));
    assertThat(refusal).isNotNull();
    return refusal;
  }
}
