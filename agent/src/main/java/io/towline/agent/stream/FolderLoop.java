package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.envelope.Dsse;
import io.towline.envelope.Statement;
import io.towline.envelope.VerificationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a folder again and again, and hands on what lies there whenever it is another content
 * than before: a copy that is not whole is refused, and handed on again as it grows. Runs on one
 * thread and ends with its interruption.
 */
public final class FolderLoop {
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);

  /**
   * After this long the same content is handed on again: what was refused for the clock's sake is
   * good once that is set. What is held already costs one signature.
   */
  static final Duration AGAIN = Duration.ofMinutes(10);

  /** Told what a look found, when that is something else than before. */
  public interface Listener {
    /** There is no export yet. */
    void empty();

    /** Its statement cannot be read, and why. */
    void unreadable(String why);

    /** There is one, which is being judged. */
    void found();
  }

  private final ExportFolder folder;
  private final NewestEnvelope inbox;
  private final Duration interval;
  private final Pause pause;
  private final InstantSource clock;
  private final Listener listener;
  private ExportFolder.@Nullable Look before;
  private Instant handedOn = Instant.MIN;

  /**
   * @param inbox where what is found goes
   * @param interval between two looks
   * @throws EnrollException if the interval is not one from 100 ms to an hour
   */
  public FolderLoop(
      ExportFolder folder,
      NewestEnvelope inbox,
      Duration interval,
      Pause pause,
      InstantSource clock,
      Listener listener) {
    if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
      throw new EnrollException(
          "towline.offline.interval is from " + SHORTEST + " to " + LONGEST + ", not " + interval);
    }
    this.folder = folder;
    this.inbox = inbox;
    this.interval = interval;
    this.pause = pause;
    this.clock = clock;
    this.listener = listener;
  }

  /** Looks until the thread is interrupted. */
  public void run() throws InterruptedException {
    while (true) {
      step();
      pause.sleep(interval);
    }
  }

  private void step() {
    ExportFolder.Look look = folder.look();
    boolean same = mark(look).equals(before);
    before = mark(look);
    switch (look) {
      case ExportFolder.Look.Empty empty -> {
        if (!same) {
          listener.empty();
        }
      }
      case ExportFolder.Look.Unreadable unreadable -> {
        if (!same) {
          listener.unreadable(unreadable.why());
        }
      }
      case ExportFolder.Look.Found found -> {
        if (!same) {
          listener.found();
        }
        if (!same || !isRecent()) {
          handedOn = clock.instant();
          inbox.put(new Delivered(folder, envelope(found.dsse())));
        }
      }
    }
  }

  /** What of a look has to be remembered: a statement may have megabytes. */
  private static ExportFolder.Look mark(ExportFolder.Look look) {
    return look instanceof ExportFolder.Look.Found found
        ? new ExportFolder.Look.Found(ByteString.EMPTY, found.state())
        : look;
  }

  private boolean isRecent() {
    Instant now = clock.instant();
    return !now.isBefore(handedOn) && Duration.between(handedOn, now).compareTo(AGAIN) < 0;
  }

  private static SignedEnvelope envelope(ByteString dsse) {
    SignedEnvelope.Builder envelope =
        SignedEnvelope.newBuilder().setDsseGzip(ExportFolder.gzip(dsse.toByteArray()));
    claimed(dsse.toByteArray()).ifPresent(envelope::setPosition);
    return envelope.build();
  }

  /** The place that it says it has, as a hub says it beside an envelope: for people alone. */
  private static Optional<Position> claimed(byte[] dsse) {
    try {
      Dsse envelope = Dsse.parse(dsse);
      Statement statement = Statement.parse(envelope.payload());
      return Optional.of(
          Position.newBuilder()
              .setEpoch(statement.epoch())
              .setSequence(statement.sequence())
              .setPayloadSha256(envelope.digest().hex())
              .build());
    } catch (VerificationException e) {
      return Optional.empty();
    }
  }
}
