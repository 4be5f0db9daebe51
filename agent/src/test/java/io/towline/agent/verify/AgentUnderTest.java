package io.towline.agent.verify;

import io.towline.agent.apply.TestConfig;
import io.towline.agent.enroll.Credential;
import io.towline.agent.enroll.Credentials;
import io.towline.agent.enroll.Disk;
import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.enroll.Proposal;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.BodyFetcher;
import io.towline.agent.stream.CredentialLoop;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FollowLoop;
import io.towline.agent.stream.HubCalls;
import io.towline.agent.stream.HubDeliverer;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.HubRoute;
import io.towline.agent.stream.NewestEnvelope;
import io.towline.agent.stream.StreamConfig;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Welcome;
import io.towline.envelope.Digest;
import io.towline.envelope.HubToken;
import io.towline.envelope.JoinToken;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The agent's half up to the accepted envelope, with its threads, on a directory. */
public final class AgentUnderTest implements AutoCloseable {
  public static final StreamConfig FAST =
      TestConfig.of(
          StreamConfig.class,
          Map.of(
              "towline.stream.first-backoff", "50ms",
              "towline.stream.longest-backoff", "100ms",
              "towline.stream.settled-after", "1s",
              "towline.stream.answer-timeout", "20s",
              "towline.stream.chunk-timeout", "20s"));

  private final IntakeRecorder recorder = new IntakeRecorder();
  public final BlockingQueue<HubException> lost = new LinkedBlockingQueue<>();
  public final AtomicReference<Instant> now;
  public final DurableFiles files;
  public final TrustStore trust;
  public final BodyStore bodies;
  public final EnvelopeIntake intake;
  public final Optional<VerificationException> restored;
  public final HubCalls calls;

  /** Where a second deliverer may put envelopes, too. */
  public final NewestEnvelope inbox = new NewestEnvelope();

  public final BlockingQueue<Credential> certified = new LinkedBlockingQueue<>();
  public final BlockingQueue<Reason> notCertified = new LinkedBlockingQueue<>();

  /** The join token that is given at the moment. */
  public final AtomicReference<@Nullable JoinToken> given = new AtomicReference<>();

  public final CredentialLoop credentialLoop;

  /** Lets the loop of certificates look again at once, though it wanted to rest. */
  public final Semaphore looks = new Semaphore(0);

  private final Thread credentialThread;
  private final Thread intakeThread;
  private final Thread followThread;

  public AgentUnderTest(Path state, JoinToken token) {
    this(state, token, new LocalDisk(), new TrustMirror.Reading.Absent(), false);
  }

  public AgentUnderTest(
      Path state, JoinToken token, Disk disk, TrustMirror.Reading mirror, boolean knownBefore) {
    now = new AtomicReference<>(FakeFleet.NOW);
    given.set(token);
    InstantSource clock = now::get;
    Identity identity = new Identity(token);
    files = DurableFiles.open(disk, state);
    TrustStore store;
    BodyStore bodyStore;
    AtomicReference<@Nullable Runnable> onDamage = new AtomicReference<>();
    try {
      store = TrustStore.load(files, identity, knownBefore, mirror);
      bodyStore = new BodyStore(disk, state, () -> runIfSet(onDamage));
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
    trust = store;
    bodies = bodyStore;
    calls = new HubCalls("test", HubRoute.DIRECT, clock);
    credentialLoop =
        new CredentialLoop(
            calls,
            Optional.of(identity),
            new Credentials(files, new SecureRandom()),
            () -> Optional.<HubToken>ofNullable(given.get()),
            new Proposal("", Map.of()),
            AgentFacts::getDefaultInstance,
            FAST,
            backoff(),
            this::rest,
            clock,
            new Random(1),
            new CredentialRecorder());
    HubDeliverer hub =
        new HubDeliverer(calls, new BodyFetcher(calls, FAST, backoff(), Thread::sleep), inbox);
    intake =
        new EnvelopeIntake(
            identity,
            trust,
            files,
            bodies,
            hub,
            inbox,
            Set::<Digest>of,
            clock,
            backoff(),
            recorder);
    onDamage.set(intake::repair);
    restored = intake.restore();
    FollowLoop follow =
        new FollowLoop(
            calls, FAST, backoff(), Thread::sleep, InstantSource.system(), new Follower(hub));
    credentialThread = start(credentialLoop::run);
    intakeThread = start(intake::run);
    followThread = start(follow::run);
  }

  private static void runIfSet(AtomicReference<@Nullable Runnable> action) {
    Runnable set = action.get();
    if (set != null) {
      set.run();
    }
  }

  /** Short rests pass by themselves; a long one ends when the test says so. */
  private void rest(Duration wait) throws InterruptedException {
    if (wait.compareTo(FAST.longestBackoff()) <= 0) {
      Thread.sleep(wait);
    } else {
      looks.acquire();
    }
  }

  private static Backoff backoff() {
    return new Backoff(FAST.firstBackoff(), FAST.longestBackoff(), new Random(1));
  }

  private interface Loop {
    void run() throws InterruptedException;
  }

  private static Thread start(Loop loop) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                loop.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  public IntakeRecorder.Said next() throws InterruptedException {
    return recorder.next();
  }

  public VerifiedEnvelope nextAccepted() throws InterruptedException {
    return recorder.nextAccepted();
  }

  public IntakeRecorder.Said.Refused nextRefused() throws InterruptedException {
    return recorder.nextRefused();
  }

  @Override
  public void close() throws InterruptedException {
    calls.close();
    credentialThread.interrupt();
    intakeThread.interrupt();
    followThread.interrupt();
    credentialThread.join();
    intakeThread.join();
    followThread.join();
    files.close();
  }

  private final class CredentialRecorder implements CredentialLoop.Listener {
    @Override
    public void certified(Credential credential) {
      certified.add(credential);
    }

    @Override
    public void refused(Reason reason, String message) {
      notCertified.add(reason);
    }
  }

  private final class Follower implements FollowLoop.Listener {
    private final HubDeliverer hub;

    Follower(HubDeliverer hub) {
      this.hub = hub;
    }

    @Override
    public FollowRequest greeting() {
      FollowRequest.Builder request = FollowRequest.newBuilder();
      intake.held().ifPresent(request::setHeld);
      return request.build();
    }

    @Override
    public void welcomed(Welcome welcome) {}

    @Override
    public void rootOffered(long version) {
      hub.rootOffered(version);
    }

    @Override
    public void received(SignedEnvelope envelope) {
      hub.received(envelope);
    }

    @Override
    public void heard(Instant hubTime) {}

    @Override
    public void lost(HubException why, Duration wait) {
      lost.add(why);
    }
  }
}
