package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.envelope.PoolToken;
import io.towline.hub.enroll.Authorities;
import io.towline.hub.enroll.Registration;
import io.towline.hub.enroll.TestAgent;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.stream.AgentsPort.Certified;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Enrolment and renewal as an agent sees them: real gRPC, real mutual TLS, a real database. */
class EnrollPortTest {
  private static final String NAME = "store-0001";

  @TempDir Path directory;
  private FleetFixture fixture;
  private AgentsPort port;
  private KnownCluster cluster;

  @BeforeEach
  void open() throws IOException {
    fixture = new FleetFixture(directory);
    port = new AgentsPort(fixture, directory, new RecordingSink());
    cluster = fixture.cluster(NAME, Map.of());
  }

  @AfterEach
  void close() {
    port.close();
    fixture.close();
  }

  @Test
  void aStrangerWithATokenGetsACertificateThatLetsItIn() throws Exception {
    TestAgent agent = TestAgent.create();

    IssuedCertificate issued = enroll(port.token(NAME), agent);

    assertThat(issued.getAuthoritySha256List())
        .isEqualTo(port.authorities.pins().stream().map(Digest::hex).toList());
    assertThat(roots(certified(agent, issued))).isEqualTo(1);
  }

  @Test
  void aLostAnswerIsAskedForAgainWithTheSameKey() throws Exception {
    JoinToken token = port.token(NAME);
    TestAgent agent = TestAgent.create();
    enroll(token, agent);

    assertThat(roots(certified(agent, enroll(token, agent)))).isEqualTo(1);
    assertThat(reason(() -> enroll(token, TestAgent.create()))).isEqualTo("JOIN_TOKEN_USED");
    assertThat(roots(certified(agent, enroll(token, agent)))).isEqualTo(1);
  }

  @Test
  void renewsOverTheConnectionOfTheOldKeyWhichTheNewOneRelieves() throws Exception {
    Certified old = port.agent(NAME);
    TestAgent next = TestAgent.create();

    Certified renewed = certified(next, renew(old, next));

    assertThat(roots(old)).isEqualTo(1);
    assertThat(roots(renewed)).isEqualTo(1);
    assertThat(reason(() -> roots(old))).isEqualTo("CERTIFICATE_REVOKED");
  }

  @Test
  void anExpiredCertificateOpensNothingButItsRenewal() throws Exception {
    Certified agent = port.agent(NAME);
    fixture.now = FleetFixture.NOW.plus(Duration.ofHours(24 + 71));

    assertThat(reason(() -> roots(agent))).isEqualTo("CERTIFICATE_EXPIRED");
    TestAgent next = TestAgent.create();
    assertThat(roots(certified(next, renew(agent, next)))).isEqualTo(1);

    Certified late = port.agent(NAME);
    fixture.now = fixture.now.plus(Duration.ofHours(24 + 73));
    assertThat(reason(() -> renew(late, TestAgent.create())))
        .isIn("CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED");
  }

  @Test
  void oldAndNewAuthorityAreAcceptedWhileOneReplacesTheOther() throws Exception {
    Certified old = port.agent(NAME);
    port.authorities.replace();
    assertThat(enroll(port.token(NAME), TestAgent.create()).getAuthoritySha256List()).hasSize(2);
    fixture.now = FleetFixture.NOW.plus(Authorities.OVERLAP);
    fixture.cluster("store-0002", Map.of());

    assertThat(roots(port.agent("store-0002"))).isEqualTo(1);
    assertThat(reason(() -> roots(old))).isEqualTo("CERTIFICATE_REVOKED");
  }

  @Test
  void letsInNoCertificateOfAnotherAuthorityAndNoneOfAServer(@TempDir Path elsewhere)
      throws Exception {
    FleetFixture other = new FleetFixture(elsewhere);
    other.cluster(NAME, Map.of());
    try (AgentsPort foreign = new AgentsPort(other, elsewhere, new RecordingSink())) {
      Certified stranger = foreign.agent(NAME);
      StatusRuntimeException refusal =
          catchThrowableOfType(StatusRuntimeException.class, () -> roots(stranger));
      assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
    }
    other.close();
    var hub = port.enrolling.serverCertificate();
    Certified server = new Certified(hub.getPrivateKey("hub"), hub.getCertificateChain("hub")[0]);
    assertThat(
            catchThrowableOfType(StatusRuntimeException.class, () -> roots(server))
                .getStatus()
                .getCode())
        .isEqualTo(Code.UNAVAILABLE);
  }

  @Test
  void cutsOpenStreamsWithinFiveSecondsOfARevocationMadeElsewhere() throws Exception {
    Inbox<FollowResponse> inbox = new Inbox<>();
    port.async(NAME).follow(FollowRequest.getDefaultInstance(), inbox);
    inbox.next();

    fixture.enrollments.revoke(cluster);
    port.nanos.addAndGet(Duration.ofSeconds(4).toNanos());
    port.streams.tick();

    assertThat(inbox.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(port.streams.streams()).isZero();
  }

  @Test
  void servesNoCopyOfAnAgentInAnotherClusterAndLeavesTheFirstOneAlone() throws Exception {
    Inbox<FollowResponse> first = new Inbox<>();
    port.async(NAME).follow(FollowRequest.newBuilder().setFacts(in("uid-a")).build(), first);
    assertThat(first.next().hasWelcome()).isTrue();
    Inbox<ReportResponse> reports = new Inbox<>();
    port.async(NAME).report(reports).onNext(hello("uid-a"));
    assertThat(reports.next().hasWelcome()).isTrue();

    Inbox<FollowResponse> copy = new Inbox<>();
    port.async(NAME).follow(FollowRequest.newBuilder().setFacts(in("uid-b")).build(), copy);
    Inbox<ReportResponse> copied = new Inbox<>();
    port.async(NAME).report(copied).onNext(hello("uid-b"));

    assertThat(copy.end().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(copied.end().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(
            reason(
                () ->
                    port.blocking(NAME)
                        .renew(
                            RenewRequest.newBuilder()
                                .setCertificateRequest(
                                    ByteString.copyFrom(TestAgent.create().request()))
                                .setFacts(in("uid-b"))
                                .build())))
        .isEqualTo("CLUSTER_MISMATCH");
    assertThat(fixture.column("select reason from event")).containsExactly("ClusterMismatch");
    assertThat(port.refused).containsOnly(Reason.CLUSTER_MISMATCH).hasSize(3);
    assertThat(port.streams.streams()).isEqualTo(1);
    fixture.publish(cluster, 1);
    assertThat(first.next().hasEnvelope()).isTrue();
  }

  @Test
  void anAgentOfAPoolIsLetInWhenAPersonAcceptsIt() throws Exception {
    PoolToken token =
        port.registration
            .register(
                new Registration.NewPool("edge", 1, Map.of(), List.of("site"), "", true),
                Optional.empty())
            .orElseThrow();
    TestAgent agent = TestAgent.create();
    EnrollRequest request =
        EnrollRequest.newBuilder()
            .setTokenSecret(token.secret())
            .setCertificateRequest(ByteString.copyFrom(agent.request()))
            .setClusterName("edge-1")
            .putClusterLabels("site", "lima")
            .build();
    var stub = port.stranger();
    assertThat(reason(() -> stub.enroll(request))).isEqualTo("ACCEPTANCE_PENDING");
    assertThat(
            reason(
                () ->
                    stub.enroll(
                        request.toBuilder()
                            .setCertificateRequest(
                                ByteString.copyFrom(TestAgent.create().request()))
                            .build())))
        .isEqualTo("POOL_EXHAUSTED");

    fixture.pools.accept(fixture.clusters.named("edge-1").orElseThrow());

    assertThat(roots(certified(agent, stub.enroll(request).getIssued()))).isEqualTo(1);
  }

  @Test
  void renewsNothingForAKeyThatWasRevoked() throws Exception {
    Certified agent = port.agent(NAME);
    fixture.enrollments.revoke(cluster);

    assertThat(reason(() -> renew(agent, TestAgent.create()))).isEqualTo("CERTIFICATE_REVOKED");
  }

  private static AgentFacts in(String kubeSystemUid) {
    return AgentFacts.newBuilder().setKubeSystemUid(kubeSystemUid).build();
  }

  private static ReportRequest hello(String kubeSystemUid) {
    return ReportRequest.newBuilder()
        .setHello(ReportHello.newBuilder().setIncarnation(7).setFacts(in(kubeSystemUid)))
        .build();
  }

  @Test
  void anAgentThatEnrolsAnewEndsTheStreamsOfTheOlderOne() throws Exception {
    Inbox<FollowResponse> inbox = new Inbox<>();
    port.async(NAME).follow(FollowRequest.getDefaultInstance(), inbox);
    inbox.next();

    enroll(port.token(NAME), TestAgent.create());

    assertThat(inbox.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void refusesEveryTokenThatIsNotOneAfterTheSameTime() throws Exception {
    JoinToken token = port.token(NAME);
    enroll(token, TestAgent.create());
    var stub = port.stranger();
    for (String secret :
        new String[] {"", "x", "x".repeat(5_000), "y".repeat(43), token.secret()}) {
      long begun = System.nanoTime();
      StatusRuntimeException refusal =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  stub.enroll(
                      EnrollRequest.newBuilder()
                          .setTokenSecret(secret)
                          .setClusterUid(token.cluster().toString())
                          .setCertificateRequest(ByteString.copyFrom(TestAgent.create().request()))
                          .build()));
      assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThanOrEqualTo(Duration.ofMillis(240));
    }
  }

  @Test
  void holdsGuessesBackAndLetsAgentsInAfterThem() throws Exception {
    JoinToken token = port.token(NAME);
    int admitted = 0;
    for (int i = 0; i < 100_000; i++) {
      admitted += port.enrolling.admits() ? 1 : 0;
    }

    assertThat(admitted).isEqualTo(40);
    assertThat(reason(() -> enroll(token, TestAgent.create()))).isEqualTo("TOO_MANY_ATTEMPTS");
    port.nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(enroll(token, TestAgent.create()).getCertificate().isEmpty()).isFalse();
  }

  private IssuedCertificate enroll(JoinToken token, TestAgent agent) throws IOException {
    return port.stranger()
        .enroll(
            EnrollRequest.newBuilder()
                .setTokenSecret(token.secret())
                .setClusterUid(token.cluster().toString())
                .setCertificateRequest(ByteString.copyFrom(agent.request()))
                .build())
        .getIssued();
  }

  private IssuedCertificate renew(Certified caller, TestAgent next) throws IOException {
    return port.blocking(caller)
        .renew(
            RenewRequest.newBuilder()
                .setCertificateRequest(ByteString.copyFrom(next.request()))
                .build())
        .getIssued();
  }

  private int roots(Certified caller) throws IOException {
    return port.blocking(caller).getRoots(GetRootsRequest.getDefaultInstance()).getRootsCount();
  }

  private static Certified certified(TestAgent agent, IssuedCertificate issued) throws Exception {
    return new Certified(
        agent.key().getPrivate(),
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(
                    new ByteArrayInputStream(issued.getCertificate().toByteArray())));
  }

  private static String reason(ThrowingCallable call) throws Exception {
    StatusRuntimeException refusal = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refusal).isNotNull();
    var status = StatusProto.fromThrowable(refusal);
    assertThat(status).isNotNull();
    return status.getDetails(0).unpack(ErrorInfo.class).getReason();
  }
}
