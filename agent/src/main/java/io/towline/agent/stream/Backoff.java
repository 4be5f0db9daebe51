package io.towline.agent.stream;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: exponential with full jitter, so that ten thousand agents
 * that lost one hub do not come back in one moment (Brooker, "Exponential Backoff And Jitter",
 * 2015). Not safe for use by many threads.
 */
public final class Backoff {
  private static final Duration SHORTEST = Duration.ofMillis(50);

  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private int failures;

  /**
   * @param first upper bound of the first wait
   * @param longest upper bound of every wait
   */
  public Backoff(Duration first, Duration longest, RandomGenerator random) {
    if (first.compareTo(SHORTEST) < 0 || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException("back-off from " + first + " to " + longest);
    }
    this.first = first;
    this.longest = longest;
    this.random = random;
  }

  /** The next wait, from 50 ms to the bound, which doubles with every call up to the longest. */
  public Duration next() {
    long bound = longest.toMillis();
    if (failures < Integer.SIZE - 2) {
      bound = Math.min(bound, first.toMillis() << failures);
    }
    failures++;
    return Duration.ofMillis(random.nextLong(SHORTEST.toMillis(), bound + 1));
  }

  /** Starts over: the last try went well. */
  public void reset() {
    failures = 0;
  }

  /** Tries since the last one that went well. */
  public int failures() {
    return failures;
  }
}
