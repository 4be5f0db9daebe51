package io.towline.agent.report;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.HubCalls;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.HubStream;
import io.towline.agent.stream.Pause;
import io.towline.agent.stream.StreamConfig;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.ReportWelcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Keeps the hub informed for as long as the agent lives: opens the stream of reports, says which
 * incarnation speaks, sends what the {@link ReportQueue} has, and a heartbeat when it has nothing.
 * Runs on one thread of its own, starts another for the answers of each stream, and ends with its
 * interruption.
 */
public final class ReportLoop {
  private static final Duration SHORTEST_HEARTBEAT = Duration.ofMillis(50);
  private static final Duration LONGEST_HEARTBEAT = Duration.ofMinutes(10);

  /** Answers come when there is something to answer; the writer notices a dead stream. */
  private static final Duration READER_PATIENCE = Duration.ofDays(1);

  /** What the hub is told of the agent itself. */
  public interface Self {
    /** Grows with every start. */
    long incarnation();

    /** What the agent knows of itself and its cluster now. */
    AgentFacts facts();

    /** The position of the envelope that the agent holds; empty if none. */
    Optional<Position> held();

    /** The stream ended; the loop tries again after the wait. */
    void lost(HubException why, Duration wait);
  }

  private final HubCalls calls;
  private final StreamConfig config;
  private final ReportQueue queue;
  private final Self self;
  private final Backoff backoff;
  private final Pause pause;
  private final InstantSource clock;
  private final Supplier<Thread.Builder> threads;

  public ReportLoop(
      HubCalls calls,
      StreamConfig config,
      ReportQueue queue,
      Self self,
      Backoff backoff,
      Pause pause,
      InstantSource clock) {
    this.calls = calls;
    this.config = config;
    this.queue = queue;
    this.self = self;
    this.backoff = backoff;
    this.pause = pause;
    this.clock = clock;
    this.threads = () -> Thread.ofVirtual().name("report-answers");
  }

  /** Reports until the thread is interrupted. */
  public void run() throws InterruptedException {
    while (true) {
      Instant start = clock.instant();
      HubException why = reportOnce();
      if (Duration.between(start, clock.instant()).compareTo(config.settledAfter()) >= 0) {
        backoff.reset();
      }
      Duration wait = backoff.next();
      self.lost(why, wait);
      pause.sleep(wait);
      calls.tryAgain();
    }
  }

  private HubException reportOnce() throws InterruptedException {
    calls.awaitCredential();
    try (HubStream<ReportRequest, ReportResponse> stream = calls.report()) {
      stream.write(
          ReportRequest.newBuilder()
              .setHello(
                  ReportHello.newBuilder()
                      .setIncarnation(self.incarnation())
                      .setFacts(self.facts()))
              .build());
      Optional<ReportResponse> answer = stream.read(config.answerTimeout());
      if (answer.isEmpty() || !answer.get().hasWelcome()) {
        return new HubException(HubException.Kind.PROTOCOL, "the hub does not answer the hello");
      }
      ReportWelcome welcome = answer.get().getWelcome();
      queue.resume(welcome.getLastNumber());
      AtomicReference<HubException> ended = new AtomicReference<>();
      Thread reader = threads.get().start(() -> readAnswers(stream, ended));
      try {
        write(stream, heartbeatInterval(welcome), ended);
      } finally {
        stream.close();
        reader.join();
      }
      HubException why = ended.get();
      return why == null ? new HubException(HubException.Kind.UNAVAILABLE, "ended") : why;
    } catch (HubException e) {
      return e;
    }
  }

  private static Duration heartbeatInterval(ReportWelcome welcome) throws HubException {
    if (!welcome.hasHeartbeatInterval()) {
      throw new HubException(HubException.Kind.PROTOCOL, "the hub names no heartbeat interval");
    }
    Duration interval = Duration.ofMillis(Durations.toMillis(welcome.getHeartbeatInterval()));
    if (interval.compareTo(SHORTEST_HEARTBEAT) < 0) {
      return SHORTEST_HEARTBEAT;
    }
    return interval.compareTo(LONGEST_HEARTBEAT) > 0 ? LONGEST_HEARTBEAT : interval;
  }

  /** Sends until the reader says that the stream ended, or an acknowledgement does not come. */
  private void write(
      HubStream<ReportRequest, ReportResponse> stream,
      Duration heartbeatInterval,
      AtomicReference<HubException> ended)
      throws HubException, InterruptedException {
    long lastWrite = System.nanoTime();
    long lastBatch = lastWrite;
    while (ended.get() == null) {
      Optional<ReportBatch> batch = queue.next();
      if (batch.isPresent()) {
        stream.write(ReportRequest.newBuilder().setBatch(batch.get()).build());
        lastWrite = System.nanoTime();
        lastBatch = lastWrite;
        continue;
      }
      long now = System.nanoTime();
      if (queue.awaitsAcknowledgement() && now - lastBatch > config.answerTimeout().toNanos()) {
        throw new HubException(HubException.Kind.SILENT, "the hub acknowledges no report");
      }
      long left = heartbeatInterval.toNanos() - (now - lastWrite);
      if (left <= 0) {
        stream.write(ReportRequest.newBuilder().setHeartbeat(heartbeat()).build());
        lastWrite = System.nanoTime();
        continue;
      }
      queue.await(Duration.ofNanos(left));
    }
  }

  private Heartbeat heartbeat() {
    Heartbeat.Builder beat =
        Heartbeat.newBuilder().setAgentTime(Timestamps.fromMillis(clock.millis()));
    self.held().ifPresent(beat::setHeld);
    return beat.build();
  }

  private void readAnswers(
      HubStream<ReportRequest, ReportResponse> stream, AtomicReference<HubException> ended) {
    try {
      while (true) {
        Optional<ReportResponse> answer = stream.read(READER_PATIENCE);
        if (answer.isEmpty()) {
          ended.set(new HubException(HubException.Kind.UNAVAILABLE, "the hub ended the stream"));
          return;
        }
        take(answer.get());
      }
    } catch (HubException e) {
      ended.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended.set(new HubException(HubException.Kind.UNAVAILABLE, "the agent stops"));
    } finally {
      queue.wake();
    }
  }

  private void take(ReportResponse answer) {
    switch (answer.getMessageCase()) {
      case ACK -> queue.acknowledged(answer.getAck().getNumber());
      case FULL_STATE -> queue.wantFullState();
      case WELCOME, MESSAGE_NOT_SET -> {
        // A second welcome says nothing new; an unknown kind is one that only newer agents know.
      }
    }
  }
}
