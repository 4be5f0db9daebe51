package io.towline.agent.verify;

import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.ExportFolder;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FolderLoop;
import io.towline.agent.stream.NewestEnvelope;
import io.towline.envelope.Digest;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.VerificationException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The agent's half up to the accepted envelope that has a folder and no hub, with its threads. */
final class FolderAgent implements AutoCloseable {
  final AtomicReference<Instant> now = new AtomicReference<>(FakeFleet.NOW);
  final IntakeRecorder intakeSaid = new IntakeRecorder();

  /** What the loop said of the folder. */
  final BlockingQueue<String> folderSaid = new LinkedBlockingQueue<>();

  final DurableFiles files;
  final TrustStore trust;
  final BodyStore bodies;
  final EnvelopeIntake intake;
  final Optional<VerificationException> restored;

  private final Semaphore looks = new Semaphore(0);
  private final Semaphore looked = new Semaphore(0);
  private final Thread intakeThread;
  private final Thread folderThread;

  FolderAgent(Path state, FakeFleet fleet, Path folder) {
    this(state, fleet, folder, false);
  }

  FolderAgent(Path state, FakeFleet fleet, Path folder, boolean knownBefore) {
    Digest root = Digest.of(fleet.root(1, 1, fleet.rootKey, fleet.hubKey).bytes());
    Identity identity =
        new Identity(new OfflineToken(fleet.fleet, fleet.cluster, "store-0107", root));
    InstantSource clock = now::get;
    files = DurableFiles.open(new LocalDisk(), state);
    trust = TrustStore.load(files, identity, knownBefore, new TrustMirror.Reading.Absent());
    AtomicReference<@Nullable EnvelopeIntake> made = new AtomicReference<>();
    bodies = new BodyStore(new LocalDisk(), state, () -> repair(made));
    NewestEnvelope inbox = new NewestEnvelope();
    ExportFolder from = new ExportFolder(folder);
    intake =
        new EnvelopeIntake(
            identity,
            trust,
            files,
            bodies,
            from,
            inbox,
            Set::<Digest>of,
            clock,
            new Backoff(Duration.ofMillis(50), Duration.ofMillis(100), new Random(1)),
            intakeSaid);
    made.set(intake);
    restored = intake.restore();
    FolderLoop loop =
        new FolderLoop(
            from,
            inbox,
            Duration.ofSeconds(10),
            wait -> {
              looked.release();
              looks.acquire();
            },
            clock,
            new FolderRecorder());
    intakeThread = start(intake::run);
    folderThread = start(loop::run);
    looked.acquireUninterruptibly();
  }

  private static void repair(AtomicReference<@Nullable EnvelopeIntake> made) {
    EnvelopeIntake intake = made.get();
    if (intake != null) {
      intake.repair();
    }
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

  /** Lets the interval pass; returns when the folder was looked at again. */
  void look() throws InterruptedException {
    looks.release();
    looked.acquire();
  }

  @Override
  public void close() throws InterruptedException {
    intakeThread.interrupt();
    folderThread.interrupt();
    intakeThread.join();
    folderThread.join();
    files.close();
  }

  private final class FolderRecorder implements FolderLoop.Listener {
    @Override
    public void empty() {
      folderSaid.add("empty");
    }

    @Override
    public void unreadable(String why) {
      folderSaid.add(why);
    }

    @Override
    public void found() {
      folderSaid.add("found");
    }
  }
}
