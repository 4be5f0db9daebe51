package io.towline.agent.app;

import io.towline.agent.stream.FollowLoop;
import io.towline.agent.stream.HubException;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Welcome;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What comes of the stream of envelopes. One thread calls it. */
final class HubListener implements FollowLoop.Listener {
  private static final Logger LOG = Logger.getLogger(HubListener.class);

  private final Consumer<SignedEnvelope> inbox;
  private final LongConsumer rootOffered;
  private final Supplier<Optional<Position>> held;
  private final Supplier<AgentFacts> facts;
  private final BiConsumer<Reason, String> denied;
  private final AgentMetrics metrics;
  private final InstantSource clock;
  private HubException.@Nullable Kind lostBy;

  /**
   * @param inbox takes what comes
   * @param rootOffered told which root the hub has
   * @param held the position that is held at this moment
   * @param facts what the agent knows of itself at this moment
   * @param denied told why the hub does not take this agent in
   */
  HubListener(
      Consumer<SignedEnvelope> inbox,
      LongConsumer rootOffered,
      Supplier<Optional<Position>> held,
      Supplier<AgentFacts> facts,
      BiConsumer<Reason, String> denied,
      AgentMetrics metrics,
      InstantSource clock) {
    this.inbox = inbox;
    this.rootOffered = rootOffered;
    this.held = held;
    this.facts = facts;
    this.denied = denied;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public FollowRequest greeting() {
    FollowRequest.Builder request = FollowRequest.newBuilder().setFacts(facts.get());
    held.get().ifPresent(request::setHeld);
    return request.build();
  }

  @Override
  public void welcomed(Welcome welcome) {
    metrics.connected(true);
    lostBy = null;
    LOG.info("connected to the hub");
  }

  @Override
  public void received(SignedEnvelope envelope) {
    inbox.accept(envelope);
  }

  @Override
  public void heard(Instant hubTime) {
    metrics.heard(hubTime, clock.instant());
  }

  @Override
  public void rootOffered(long version) {
    rootOffered.accept(version);
  }

  /** A hub may be away for days: what is known already is not said again. */
  @Override
  public void lost(HubException why, Duration wait) {
    metrics.connected(false);
    Logger.Level level = why.kind() == lostBy ? Logger.Level.DEBUG : Logger.Level.INFO;
    lostBy = why.kind();
    why.reason().ifPresent(reason -> denied.accept(reason, String.valueOf(why.getMessage())));
    LOG.logf(
        level,
        "not connected to the hub: %s; trying again in %s=%d",
        why.getMessage(),
        LogKeys.MILLIS,
        wait.toMillis());
  }
}
