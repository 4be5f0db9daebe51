package io.towline.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.towline.agent.enroll.Credential;
import io.towline.agent.enroll.Credentials;
import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.enroll.Proposal;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.verify.AgentUnderTest;
import io.towline.envelope.HubToken;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose token is a pool's, with a hub that names it. */
class PoolEnrolmentTest {
  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private final FakeAuthority authority = new FakeAuthority();
  private FakeHub hub;
  private HubToken token;

  @BeforeEach
  void startTheHub() throws Exception {
    hub = new FakeHub(fleet, authority, 0);
    token = fleet.poolToken(hub.address(), authority.pin());
  }

  @AfterEach
  void stopTheHub() throws Exception {
    hub.close();
  }

  @Test
  void proposesItsNameAndLearnsFromItsCertificateWhichClusterItIs() throws Exception {
    try (Loop loop = new Loop(Optional.empty())) {
      Identity identity = loop.credentialLoop.awaitIdentity();

      assertThat(identity.cluster()).isEqualTo(fleet.cluster);
      assertThat(identity.clusterName()).isEqualTo(fleet.name);
      assertThat(identity.hub()).contains(hub.address());
    }
    EnrollRequest request = take(hub.enrollments);
    assertThat(request.getClusterUid()).isEmpty();
    assertThat(request.getClusterName()).isEqualTo("store-0107");
    assertThat(request.getClusterLabelsMap()).containsOnly(Map.entry("site", "lima"));
    assertThat(request.getTokenSecret()).isEqualTo(token.secret());
  }

  @Test
  void asksOnceAMinuteWithOneKeyWhileItWaitsForAPerson() throws Exception {
    hub.noCertificates = refusal(Reason.ACCEPTANCE_PENDING);
    try (Loop loop = new Loop(Optional.empty())) {
      assertThat(take(loop.refused)).isEqualTo(Reason.ACCEPTANCE_PENDING);
      assertThat(take(loop.rests)).isBetween(Duration.ofSeconds(30), Duration.ofMinutes(1));
      loop.looks.release();
      assertThat(take(loop.refused)).isEqualTo(Reason.ACCEPTANCE_PENDING);

      hub.noCertificates = null;
      loop.looks.release();

      assertThat(loop.credentialLoop.awaitIdentity().clusterName()).isEqualTo(fleet.name);
    }
    assertThat(hub.enrollments.stream().map(CredentialLoopTest::keyOf).distinct()).hasSize(1);
  }

  @Test
  void knowsWhoItIsAfterACrashThatLeftItsCertificateAlone() throws Exception {
    Identity before;
    try (Loop loop = new Loop(Optional.empty())) {
      before = loop.credentialLoop.awaitIdentity();
    }
    hub.enrollments.clear();

    try (Loop again = new Loop(Optional.empty())) {
      assertThat(again.credentialLoop.awaitIdentity()).isEqualTo(before);
    }
    assertThat(hub.enrollments).isEmpty();
  }

  @Test
  void makesNoSecondClusterOfItselfThoughItLostItsCertificate() throws Exception {
    Identity known = new Identity(fleet.token(hub.address(), authority.pin()));
    try (Loop loop = new Loop(Optional.of(known))) {
      assertThat(take(loop.refused)).isEqualTo(Reason.JOIN_TOKEN_UNKNOWN);
    }
    assertThat(hub.enrollments).isEmpty();
  }

  private static StatusRuntimeException refusal(Reason reason) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.FAILED_PRECONDITION.value())
            .setMessage("wait")
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

  /** The loop alone, which rests until the test says otherwise. */
  private final class Loop implements CredentialLoop.Listener, AutoCloseable {
    final BlockingQueue<Reason> refused = new LinkedBlockingQueue<>();
    final BlockingQueue<Duration> rests = new LinkedBlockingQueue<>();
    final Semaphore looks = new Semaphore(0);
    final CredentialLoop credentialLoop;
    private final DurableFiles files = DurableFiles.open(new LocalDisk(), directory);
    private final HubCalls calls = new HubCalls("test", HubRoute.DIRECT, () -> FakeFleet.NOW);
    private final Thread thread;

    Loop(Optional<Identity> known) {
      credentialLoop =
          new CredentialLoop(
              calls,
              known,
              new Credentials(files, new SecureRandom()),
              () -> Optional.of(token),
              new Proposal("store-0107", Map.of("site", "lima")),
              AgentFacts::getDefaultInstance,
              AgentUnderTest.FAST,
              new Backoff(Duration.ofMillis(50), Duration.ofMillis(100), new Random(1)),
              this::rest,
              () -> FakeFleet.NOW,
              new Random(1),
              this);
      thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      credentialLoop.run();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
    }

    private void rest(Duration wait) throws InterruptedException {
      rests.add(wait);
      looks.acquire();
    }

    @Override
    public void certified(Credential credential) {}

    @Override
    public void refused(Reason reason, String message) {
      refused.add(reason);
    }

    @Override
    public void close() throws InterruptedException {
      calls.close();
      thread.interrupt();
      thread.join();
      files.close();
    }
  }
}
