package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.Settings;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens, certificates and keys, on the real schema. */
class EnrollingTest {
  @TempDir Path directory;
  private FleetFixture fixture;
  private Registration registration;
  private Enrolling enrolling;
  private Authorities authorities;
  private final Queue<Reason> refused = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void open() throws IOException {
    fixture = new FleetFixture(directory);
    AgentsSettings settings = Settings.of(AgentsSettings.class, Map.of());
    authorities = Authorities.open(directory, new SecureRandom(), fixture.clock);
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
    enrolling = enrolling(settings);
  }

  private Enrolling enrolling(AgentsSettings settings) {
    return new Enrolling(
        fixture.enrollments,
        fixture.pools,
        fixture.fleet,
        authorities,
        settings,
        new SecureRandom(),
        fixture.clock,
        () -> 0,
        refused::add);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void makesTheCertificateFromItsOwnRecordAndForAClientOnly() throws Exception {
    JoinToken token = token("store-0001");

    X509Certificate certificate = enroll(token, TestAgent.create()).certificate();

    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=store-0001");
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "spiffe://" + fixture.fleetId + "/cluster/" + token.cluster()));
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(certificate.getNotAfter().toInstant())
        .isEqualTo(FleetFixture.NOW.plus(Duration.ofHours(24)));
    assertThat(enrolling.recognise(certificate, false).cluster().name()).isEqualTo("store-0001");
  }

  @Test
  void theFirstKeyKeepsTheTokenAndMayAskAgainUntilItExpires() {
    JoinToken token = token("store-0001");
    TestAgent first = TestAgent.create();
    assertThat(enroll(token, first).again()).isFalse();

    assertThat(enroll(token, first).again()).isTrue();
    assertThat(refused(token, TestAgent.create())).isEqualTo(Reason.JOIN_TOKEN_USED);
    fixture.now = FleetFixture.NOW.plus(Duration.ofHours(1));
    assertThat(refused(token, first)).isEqualTo(Reason.JOIN_TOKEN_EXPIRED);
    assertThat(refused(token, TestAgent.create())).isEqualTo(Reason.JOIN_TOKEN_USED);
  }

  @Test
  void aSecondKeyIsAnAlarmForPeople() {
    JoinToken token = token("store-0001");
    enroll(token, TestAgent.create());
    TestAgent thief = TestAgent.create();

    refused(token, thief);
    refused(token, thief);

    assertThat(fixture.column("select type || ' ' || reason from event"))
        .containsExactly("Warning JoinTokenUsed");
  }

  @Test
  void aTokenIsGoodUntilTheSecondItExpires() {
    JoinToken token = token("store-0001");
    fixture.now = FleetFixture.NOW.plus(Duration.ofHours(1)).minusMillis(1);
    enroll(token, TestAgent.create());

    JoinToken late = token("store-0002");
    fixture.now = fixture.now.plus(Duration.ofHours(1)).plusSeconds(1);
    assertThat(refused(late, TestAgent.create())).isEqualTo(Reason.JOIN_TOKEN_EXPIRED);
  }

  @Test
  void refusesATokenThatNobodyKnowsWasReplacedOrIsAnotherClusters() {
    JoinToken replaced = token("store-0001");
    JoinToken current = token("store-0001");
    JoinToken other = token("store-0002");

    assertThat(refused(replaced, TestAgent.create())).isEqualTo(Reason.JOIN_TOKEN_UNKNOWN);
    for (String secret :
        List.of("", "x", "é", "٠١٢".repeat(14), "x".repeat(129), current.secret() + " ")) {
      EnrollException refusal =
          refusal(
              () ->
                  enrolling.enroll(
                      secret, current.cluster().toString(), TestAgent.create().request(), ""));
      assertThat(refusal.reason()).isEqualTo(Reason.JOIN_TOKEN_UNKNOWN);
    }
    for (String named : List.of(other.cluster().toString(), "", "store-0001")) {
      EnrollException refusal =
          refusal(
              () -> enrolling.enroll(current.secret(), named, TestAgent.create().request(), ""));
      assertThat(refusal.reason()).isEqualTo(Reason.JOIN_TOKEN_MISPLACED);
    }
    enroll(current, TestAgent.create());
  }

  @Test
  void ofFiveHundredThatShowOneTokenAtOnceOneWins() throws Exception {
    JoinToken token = token("store-0001");
    List<TestAgent> agents = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      agents.add(TestAgent.create());
    }
    List<Future<Boolean>> answers;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> claims = new ArrayList<>();
      for (TestAgent agent : agents) {
        claims.add(() -> wins(token, agent));
      }
      answers = threads.invokeAll(claims);
    }
    int winners = 0;
    for (Future<Boolean> answer : answers) {
      winners += answer.get() ? 1 : 0;
    }

    assertThat(winners).isEqualTo(1);
    assertThat(fixture.column("select spki_sha256 from agent_key"))
        .isEqualTo(fixture.column("select claimed_by from join_token"));
  }

  private boolean wins(JoinToken token, TestAgent agent) {
    try {
      enroll(token, agent);
      return true;
    } catch (EnrollException e) {
      assertThat(e.reason()).isEqualTo(Reason.JOIN_TOKEN_USED);
      return false;
    }
  }

  @Test
  void aNewTokenTakesOverOnlyWhenItIsUsed() {
    TestAgent old = TestAgent.create();
    X509Certificate before = enroll(token("store-0001"), old).certificate();
    JoinToken next = token("store-0001");
    assertThat(enrolling.recognise(before, false).key()).isEqualTo(old.digest());

    X509Certificate after = enroll(next, TestAgent.create()).certificate();

    assertThat(enrolling.recognise(after, false).cluster().name()).isEqualTo("store-0001");
    assertThat(unrecognised(before, true)).isEqualTo(Reason.CERTIFICATE_REVOKED);
  }

  @Test
  void rotationWithRevocationCountsAtOnce() {
    X509Certificate certificate = enroll(token("store-0001"), TestAgent.create()).certificate();
    var caller = enrolling.recognise(certificate, false);
    assertThat(enrolling.revoked(List.of(caller))).isEmpty();

    registration.rotate(caller.cluster(), Optional.empty(), true, false);

    assertThat(unrecognised(certificate, true)).isEqualTo(Reason.CERTIFICATE_REVOKED);
    assertThat(enrolling.revoked(List.of(caller))).containsExactly(caller);
  }

  @Test
  void aRemovedClusterIsToldSo() {
    X509Certificate certificate = enroll(token("store-0001"), TestAgent.create()).certificate();
    fixture.clusters.remove(enrolling.recognise(certificate, false).cluster());

    assertThat(unrecognised(certificate, false)).isEqualTo(Reason.CLUSTER_REMOVED);
    assertThat(unrecognised(certificate, true)).isEqualTo(Reason.CLUSTER_REMOVED);
  }

  @Test
  void aRenewedKeyRelievesTheOldOneWhenItIsUsedAndNotBefore() {
    X509Certificate first = enroll(token("store-0001"), TestAgent.create()).certificate();
    Caller caller = enrolling.recognise(first, false);
    TestAgent lost = TestAgent.create();
    X509Certificate neverUsed = enrolling.renew(caller, lost.request(), "").certificate();
    TestAgent next = TestAgent.create();
    X509Certificate second = enrolling.renew(caller, next.request(), "").certificate();
    enrolling.renew(caller, next.request(), "");
    assertThat(enrolling.recognise(first, false)).isEqualTo(caller);
    assertThat(unrecognised(neverUsed, false)).isEqualTo(Reason.CERTIFICATE_REVOKED);

    assertThat(enrolling.recognise(second, false).cluster()).isEqualTo(caller.cluster());

    assertThat(unrecognised(first, true)).isEqualTo(Reason.CERTIFICATE_REVOKED);
    assertThat(refusal(() -> enrolling.renew(caller, TestAgent.create().request(), "")).reason())
        .isEqualTo(Reason.CERTIFICATE_REVOKED);
  }

  @Test
  void anExpiredCertificateIsGoodForItsRenewalForThreeDays() {
    X509Certificate certificate = enroll(token("store-0001"), TestAgent.create()).certificate();
    fixture.now = FleetFixture.NOW.plus(Duration.ofHours(24)).plusSeconds(1);
    assertThat(unrecognised(certificate, false)).isEqualTo(Reason.CERTIFICATE_EXPIRED);
    fixture.now = FleetFixture.NOW.plus(Duration.ofDays(4));
    Caller late = enrolling.recognise(certificate, true);

    fixture.now = fixture.now.plusSeconds(1);
    assertThat(unrecognised(certificate, true)).isEqualTo(Reason.CERTIFICATE_EXPIRED);
    assertThat(enrolling.renew(late, TestAgent.create().request(), "").certificate().getNotAfter())
        .isAfter(certificate.getNotAfter());
  }

  @Test
  void refusesASecondClusterUnderOneName() {
    enroll(token("store-0001"), TestAgent.create(), "uid-a");

    JoinToken next = token("store-0001");
    assertThat(refusal(() -> enroll(next, TestAgent.create(), "uid-b")).reason())
        .isEqualTo(Reason.CLUSTER_MISMATCH);
    assertThat(fixture.column("select message from event")).anyMatch(m -> m.contains("uid-b"));
    enroll(next, TestAgent.create(), "uid-a");
  }

  @Test
  void aClusterThatWasBuiltAnewTakesTheOldOnesPlaceWithATokenThatSaysSo() {
    Issued before = enroll(token("store-0001"), TestAgent.create(), "uid-a");
    JoinToken next = registration.rotate(before.cluster(), Optional.empty(), false, true).token();
    Caller old = enrolling.recognise(before.certificate(), false);
    enrolling.requireSameCluster(old, "uid-a");

    Issued after = enroll(next, TestAgent.create(), "uid-b");

    Caller rebuilt = enrolling.recognise(after.certificate(), false);
    enrolling.requireSameCluster(rebuilt, "uid-b");
    assertThat(unrecognised(before.certificate(), true)).isEqualTo(Reason.CERTIFICATE_REVOKED);
    assertThat(refusal(() -> enrolling.requireSameCluster(rebuilt, "uid-a")).reason())
        .isEqualTo(Reason.CLUSTER_MISMATCH);
  }

  @Test
  void givesACopyOfAnAgentInAnotherClusterNoCertificateAndNamesBoth() {
    Issued issued = enroll(token("store-0001"), TestAgent.create(), "uid-a");
    Caller caller = enrolling.recognise(issued.certificate(), false);

    for (int i = 0; i < 2; i++) {
      EnrollException refusal =
          refusal(() -> enrolling.renew(caller, TestAgent.create().request(), "uid-b"));
      assertThat(refusal.reason()).isEqualTo(Reason.CLUSTER_MISMATCH);
    }

    assertThat(fixture.column("select type || ' ' || message from event"))
        .containsExactly(
            "Warning store-0001 is the cluster whose kube-system has the UID uid-a; this agent runs"
                + " in uid-b.");
    assertThat(refused).containsExactly(Reason.CLUSTER_MISMATCH, Reason.CLUSTER_MISMATCH);
    enrolling.renew(caller, TestAgent.create().request(), "uid-a");
    enrolling.renew(caller, TestAgent.create().request(), "");
  }

  @Test
  void learnsTheUidOfAClusterThatEnrolledWithoutOne() {
    Issued issued = enroll(token("store-0001"), TestAgent.create());
    Caller caller = enrolling.recognise(issued.certificate(), false);
    enrolling.requireSameCluster(caller, "uid-a");

    assertThat(refusal(() -> enrolling.requireSameCluster(caller, "uid-b")).reason())
        .isEqualTo(Reason.CLUSTER_MISMATCH);
  }

  @Test
  void countsWhoseCertificatesAnAuthorityStillStandsFor() {
    Issued first = enroll(token("store-0001"), TestAgent.create());
    enroll(token("store-0002"), TestAgent.create());
    fixture.sql(
        "update agent_key set authority_sha256 = null where cluster_id = ?", first.cluster().id());
    authorities.replace();
    fixture.now = FleetFixture.NOW.plus(Authorities.OVERLAP);
    enroll(token("store-0003"), TestAgent.create());
    Digest old = authorities.pins().getFirst();
    Digest next = authorities.pins().getLast();

    assertThat(fixture.enrollments.countByAuthority(FleetFixture.NOW))
        .containsOnly(
            Map.entry(Optional.empty(), 1),
            Map.entry(Optional.of(old), 1),
            Map.entry(Optional.of(next), 1));
    assertThat(fixture.enrollments.countByAuthority(fixture.now))
        .containsOnlyKeys(Optional.of(next));
  }

  @Test
  void countsWhomItDoesNotLetIn() {
    JoinToken token = token("store-0001");
    TestAgent agent = TestAgent.create();
    X509Certificate certificate = enroll(token, agent).certificate();
    Caller caller = enrolling.recognise(certificate, false);
    assertThat(refused).isEmpty();

    refused(token, TestAgent.create());
    registration.rotate(caller.cluster(), Optional.empty(), true, false);
    unrecognised(certificate, false);
    refusal(() -> enrolling.renew(caller, TestAgent.create().request(), ""));

    assertThat(refused)
        .containsExactly(
            Reason.JOIN_TOKEN_USED, Reason.CERTIFICATE_REVOKED, Reason.CERTIFICATE_REVOKED);
  }

  @Test
  void letsStrangersTryTwiceAsOftenAtOnceAsInASecond() {
    for (int attempt = 0; attempt < 40; attempt++) {
      assertThat(enrolling.admits()).isTrue();
    }
    assertThat(enrolling.admits()).isFalse();
  }

  @Test
  void recognisesNobodyByACertificateThatNamesAnotherFleetAnotherClusterOrNone() {
    JoinToken token = token("store-0001");
    JoinToken other = token("store-0002");
    TestAgent agent = TestAgent.create();
    enroll(token, agent);
    String right = "spiffe://" + fixture.fleetId + "/cluster/" + token.cluster();
    assertThat(enrolling.recognise(naming(agent, right), false).cluster().name())
        .isEqualTo("store-0001");

    for (String wrong :
        List.of(
            "spiffe://" + UUID.randomUUID() + "/cluster/" + token.cluster(),
            "spiffe://" + fixture.fleetId + "/cluster/" + other.cluster(),
            "spiffe://" + fixture.fleetId + "/hub",
            right + "/",
            "")) {
      assertThat(unrecognised(naming(agent, wrong), true)).isEqualTo(Reason.CERTIFICATE_REVOKED);
    }
    GeneralName uri = new GeneralName(GeneralName.uniformResourceIdentifier, right);
    GeneralName host = new GeneralName(GeneralName.dNSName, right);
    for (List<GeneralName> names :
        List.of(List.<GeneralName>of(), List.of(host), List.of(uri, host))) {
      X509Certificate certificate =
          authorities
              .issuing()
              .forServer(
                  agent.key().getPublic(),
                  names,
                  new SecureRandom(),
                  fixture.now,
                  Duration.ofHours(1));
      assertThat(unrecognised(certificate, true)).isEqualTo(Reason.CERTIFICATE_REVOKED);
    }
  }

  private X509Certificate naming(TestAgent agent, String uri) {
    return authorities
        .issuing()
        .forAgent(
            agent.key().getPublic(),
            "store-0001",
            uri,
            new SecureRandom(),
            fixture.now,
            Duration.ofHours(1));
  }

  @Test
  void tellsTheCallersWhoseKeysCountNoMoreFromTheOthers() {
    Caller gone = caller("store-0001");
    Caller stays = caller("store-0002");

    registration.rotate(gone.cluster(), Optional.empty(), true, false);

    assertThat(enrolling.revoked(List.of(gone, stays))).containsExactly(gone);
    assertThat(enrolling.revoked(List.of())).isEmpty();
  }

  private Caller caller(String cluster) {
    return enrolling.recognise(enroll(token(cluster), TestAgent.create()).certificate(), false);
  }

  @ParameterizedTest
  @CsvSource({
    "hub.example, 2, hub.example",
    "' hub.example:443 ', 2, hub.example",
    "192.0.2.7:8443, 7, 192.0.2.7",
    "[2001:db8::1], 7, 2001:db8:0:0:0:0:0:1",
    "[2001:db8::1]:443, 7, 2001:db8:0:0:0:0:0:1"
  })
  void thePortShowsACertificateForTheNameThatAgentsDial(String advertised, int kind, String name)
      throws Exception {
    Enrolling here =
        enrolling(
            Settings.of(
                AgentsSettings.class, Map.of("towline.agents.advertised-address", advertised)));

    assertThat(here.serverCertificate().getCertificateChain("hub")[0].getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(
            List.of(6, "spiffe://" + fixture.fleetId + "/hub"), List.of(kind, name));
  }

  @Test
  void thePortLetsInWhomItGaveACertificate() {
    X509Certificate[] chain = {enroll(token("store-0001"), TestAgent.create()).certificate()};

    assertThatCode(() -> enrolling.clientCertificates().checkClientTrusted(chain, "ECDHE_ECDSA"))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesAKeyThatIsAnotherClusters() {
    TestAgent agent = TestAgent.create();
    enroll(token("store-0001"), agent);

    assertThat(refused(token("store-0002"), agent)).isEqualTo(Reason.CERTIFICATE_REQUEST_INVALID);
  }

  private JoinToken token(String cluster) {
    return registration.register(cluster, Map.of(), Optional.empty()).token();
  }

  private Issued enroll(JoinToken token, TestAgent agent) {
    return enroll(token, agent, "");
  }

  private Issued enroll(JoinToken token, TestAgent agent, String kubeSystemUid) {
    return enrolling.enroll(
        token.secret(), token.cluster().toString(), agent.request(), kubeSystemUid);
  }

  private Reason refused(JoinToken token, TestAgent agent) {
    return refusal(() -> enroll(token, agent)).reason();
  }

  private Reason unrecognised(X509Certificate certificate, boolean forRenewal) {
    return refusal(() -> enrolling.recognise(certificate, forRenewal)).reason();
  }

  private static EnrollException refusal(ThrowingCallable call) {
    EnrollException refusal = catchThrowableOfType(EnrollException.class, call);
    assertThat(refusal).isNotNull();
    return refusal;
  }
}
