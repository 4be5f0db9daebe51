package io.towline.agent.stream;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Welcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Follows the cluster's envelope for as long as the agent lives: opens the stream, says what is
 * held, hands on what comes, and comes back with back-off whenever the stream ends or is silent for
 * two beats. Runs on one thread of its own and ends with its interruption.
 */
public final class FollowLoop {
  /** Beats that may be missing before the stream counts as dead. */
  private static final int SILENT_BEATS = 2;

  private static final Duration SHORTEST_BEAT = Duration.ofMillis(50);
  private static final Duration LONGEST_BEAT = Duration.ofMinutes(10);

  /** Whoever lives from the stream. Called on the loop's thread; must return soon. */
  public interface Listener {
    /** What the next stream opens with: the position held at this moment, and facts. */
    FollowRequest greeting();

    /** The hub answered. */
    void welcomed(Welcome welcome);

    /** An envelope came, unverified. */
    void received(SignedEnvelope envelope);

    /** The hub was heard of, and said that this is its time. */
    void heard(Instant hubTime);

    /** The hub said that it has roots up to this version. */
    void rootOffered(long version);

    /** The stream ended; the loop tries again after the wait. */
    void lost(HubException why, Duration wait);
  }

  private final HubCalls calls;
  private final StreamConfig config;
  private final Backoff backoff;
  private final Pause pause;
  private final InstantSource clock;
  private final Listener listener;

  public FollowLoop(
      HubCalls calls,
      StreamConfig config,
      Backoff backoff,
      Pause pause,
      InstantSource clock,
      Listener listener) {
    this.calls = calls;
    this.config = config;
    this.backoff = backoff;
    this.pause = pause;
    this.clock = clock;
    this.listener = listener;
  }

  /** Follows until the thread is interrupted. */
  public void run() throws InterruptedException {
    while (true) {
      Instant start = clock.instant();
      HubException why = followOnce();
      if (Duration.between(start, clock.instant()).compareTo(config.settledAfter()) >= 0) {
        backoff.reset();
      }
      Duration wait = backoff.next();
      listener.lost(why, wait);
      pause.sleep(wait);
      calls.tryAgain();
    }
  }

  private HubException followOnce() throws InterruptedException {
    calls.awaitCredential();
    try (HubStream<FollowRequest, FollowResponse> stream = calls.follow(listener.greeting())) {
      Duration patience = config.answerTimeout();
      while (true) {
        Optional<FollowResponse> next = stream.read(patience);
        if (next.isEmpty()) {
          return new HubException(HubException.Kind.UNAVAILABLE, "the hub ended the stream");
        }
        patience = handle(next.get(), patience);
      }
    } catch (HubException e) {
      return e;
    }
  }

  /** Hands a message on; gives how long to wait for the next one. */
  private Duration handle(FollowResponse message, Duration patience) throws HubException {
    switch (message.getMessageCase()) {
      case WELCOME -> {
        Welcome welcome = message.getWelcome();
        listener.heard(Instant.ofEpochMilli(Timestamps.toMillis(welcome.getHubTime())));
        listener.welcomed(welcome);
        listener.rootOffered(welcome.getRootVersion());
        return patienceFor(welcome);
      }
      case ENVELOPE -> listener.received(message.getEnvelope());
      case BEAT -> {
        listener.heard(Instant.ofEpochMilli(Timestamps.toMillis(message.getBeat().getHubTime())));
        listener.rootOffered(message.getBeat().getRootVersion());
      }
      case MESSAGE_NOT_SET -> {
        // A kind of message that only newer agents know: the stream lives, and that is all it says.
      }
    }
    return patience;
  }

  private static Duration patienceFor(Welcome welcome) throws HubException {
    if (!welcome.hasBeatInterval()) {
      throw new HubException(HubException.Kind.PROTOCOL, "the hub names no beat interval");
    }
    Duration beat = Duration.ofMillis(Durations.toMillis(welcome.getBeatInterval()));
    if (beat.compareTo(SHORTEST_BEAT) < 0) {
      beat = SHORTEST_BEAT;
    }
    if (beat.compareTo(LONGEST_BEAT) > 0) {
      beat = LONGEST_BEAT;
    }
    return beat.multipliedBy(SILENT_BEATS);
  }
}
