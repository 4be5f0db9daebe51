package io.towline.hub.stream;

import java.time.Duration;

/**
 * Spaces what one sender may do: a steady rate with a burst of one second's worth (the generic cell
 * rate algorithm, ITU-T I.371). Not thread-safe.
 */
final class Pace {
  private static final long BURST_NANOS = Duration.ofSeconds(1).toNanos();

  private final long intervalNanos;
  private long theoreticalNanos;

  Pace(int perSecond, long nowNanos) {
    if (perSecond < 1) {
      throw new IllegalArgumentException("perSecond: " + perSecond);
    }
    this.intervalNanos = BURST_NANOS / perSecond;
    this.theoreticalNanos = nowNanos;
  }

  /** Counts one more and says for how many nanoseconds the next one has to wait. */
  long next(long nowNanos) {
    theoreticalNanos = Math.max(theoreticalNanos, nowNanos) + intervalNanos;
    return Math.max(0, theoreticalNanos - nowNanos - BURST_NANOS);
  }
}
