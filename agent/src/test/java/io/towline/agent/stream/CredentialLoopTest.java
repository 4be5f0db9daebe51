package io.towline.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.towline.agent.enroll.Credential;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.verify.AgentUnderTest;
import io.towline.envelope.JoinToken;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent and its certificates, with a hub that gives them. */
class CredentialLoopTest {
  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private final FakeAuthority authority = new FakeAuthority();
  private FakeHub hub;
  private JoinToken token;

  @BeforeEach
  void startTheHub() throws Exception {
    hub = new FakeHub(fleet, authority, 0);
    token = fleet.token(hub.address(), authority.pin());
  }

  @AfterEach
  void stopTheHub() throws Exception {
    hub.close();
  }

  @Test
  void enrolsOnceAndNeedsNoTokenAfterThat() throws Exception {
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      take(agent.certified);
      take(hub.follows);
    }
    EnrollRequest request = take(hub.enrollments);
    assertThat(request.getTokenSecret()).isEqualTo(token.secret());
    assertThat(request.getClusterUid()).isEqualTo(token.cluster().toString());

    try (AgentUnderTest again = new AgentUnderTest(directory, token)) {
      take(hub.follows);
      assertThat(again.certified).isEmpty();
    }
    assertThat(hub.enrollments).isEmpty();
    assertThat(hub.keys.stream().distinct()).hasSize(1);
  }

  @Test
  void asksAgainWithTheSameKeyWhenAnAnswerIsLost() throws Exception {
    hub.lostAnswers.set(3);
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      take(agent.certified);
    }
    assertThat(hub.enrollments.stream().map(CredentialLoopTest::keyOf).distinct()).hasSize(1);
    assertThat(hub.enrollments).hasSize(4);
  }

  @Test
  void renewsAtTwoThirdsOfTheLifeWithANewKeyAndANewConnection() throws Exception {
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      Credential first = take(agent.certified);
      take(hub.follows);
      Duration life = first.life();

      agent.now.set(FakeFleet.NOW.plus(life.multipliedBy(59).dividedBy(100)));
      agent.looks.release();
      agent.now.set(FakeFleet.NOW.plus(life.multipliedBy(2).dividedBy(3)));
      agent.looks.release(2);
      Credential second = take(agent.certified);

      assertThat(second.key().digest()).isNotEqualTo(first.key().digest());
      take(hub.follows);
      assertThat(hub.keys).contains(second.key().digest());
      assertThat(hub.renewals).hasSize(1);
    }
  }

  @Test
  void keepsItsStateAndItsEnvelopeThroughARenewal() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      take(agent.certified);
      agent.credentialLoop.doubt();
      agent.looks.release();
      take(agent.certified);

      hub.publish(fleet.draft(2, fleet.bundle("web", 1, i -> "two")).seal());

      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void saysWhyItIsRefusedAndEnrolsWithTheNextTokenItIsGiven() throws Exception {
    hub.noCertificates = refusal(Reason.JOIN_TOKEN_USED);
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      assertThat(take(agent.notCertified)).isEqualTo(Reason.JOIN_TOKEN_USED);
      assertThat(hub.follows).isEmpty();

      hub.noCertificates = null;
      agent.given.set(fleet.token(hub.address(), authority.pin(), "n".repeat(43)));

      take(agent.certified);
      take(hub.follows);
    }
    assertThat(hub.enrollments.stream().map(EnrollRequest::getTokenSecret))
        .contains(token.secret(), "n".repeat(43));
  }

  @Test
  void aRefusedTokenTakesNothingFromTheCertificateThatIsThere() throws Exception {
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      take(agent.certified);
      take(hub.follows);
      hub.noCertificates = refusal(Reason.JOIN_TOKEN_EXPIRED);
      agent.given.set(fleet.token(hub.address(), authority.pin(), "n".repeat(43)));
      agent.looks.release();

      assertThat(take(agent.notCertified)).isEqualTo(Reason.JOIN_TOKEN_EXPIRED);
      hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
      agent.nextAccepted();
    }
  }

  static String keyOf(EnrollRequest request) {
    try {
      return new PKCS10CertificationRequest(request.getCertificateRequest().toByteArray())
          .getSubjectPublicKeyInfo()
          .getPublicKeyData()
          .toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static StatusRuntimeException refusal(Reason reason) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.UNAUTHENTICATED.value())
            .setMessage("no")
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("towline.io")
                        .setReason(reason.name())
                        .build()))
            .build());
  }

  private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
    T taken = queue.poll(60, TimeUnit.SECONDS);
    assertThat(taken).isNotNull();
    return taken;
  }
}
