package io.towline.agent.observe;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the agent watches its cluster. */
@ConfigMapping(prefix = "towline.observe")
public interface ObserveConfig {
  /**
   * After this long, with some jitter, the API server ends a watch and the agent begins it anew
   * where it was. Long, because each time is a request of an otherwise silent agent.
   */
  @WithDefault("1h")
  Duration watchTimeout();

  /**
   * A watch that was silent for this long is begun anew: the API server sends a bookmark every
   * minute, so the connection is probably dead. Doubled, up to the watch timeout, while a new watch
   * brings nothing either.
   */
  @WithDefault("65s")
  Duration watchSilence();

  /** The first wait after a watch failed; doubled each time. */
  @WithDefault("1s")
  Duration watchRetryFirst();

  /** The longest wait after a watch failed. */
  @WithDefault("30s")
  Duration watchRetryLongest();

  /** Corrections being made at once. */
  @WithDefault("12")
  int correctionsInFlight();

  /**
   * Corrections of one object within a minute after which it counts as fought over: it is reported,
   * and corrected ever more slowly.
   */
  @WithDefault("5")
  int correctionsPerMinute();

  /** The first wait before an object that is fought over is corrected again; doubled each time. */
  @WithDefault("10s")
  Duration contestedFirst();

  /** The longest wait before an object that is fought over is corrected again. */
  @WithDefault("10m")
  Duration contestedLongest();

  /** Changes of a target's state within this time are told as one. */
  @WithDefault("100ms")
  Duration publishInterval();
}
