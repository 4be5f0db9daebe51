package io.towline.hub.rollout;

import java.time.Instant;
import java.util.Optional;

/** What keeps a target from what Git says although it could be had. */
public sealed interface Brake {
  /** Why, for people. */
  Hold hold();

  /** What the target has is kept so; what differs from it waits. */
  record Changes(Hold hold) implements Brake {}

  /**
   * As {@link Changes}, and its agent leaves the target alone, too.
   *
   * @param until the agent's own end of it; empty: until an envelope says so
   */
  record Everything(Hold hold, Optional<Instant> until) implements Brake {}
}
