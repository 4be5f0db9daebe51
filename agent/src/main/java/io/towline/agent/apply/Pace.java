package io.towline.agent.apply;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Time, sleeping and chance, handed in so that tests decide them.
 *
 * @param clock tells the time
 * @param sleeper waits
 * @param random jitter; safe for many threads
 */
public record Pace(InstantSource clock, Sleeper sleeper, RandomGenerator random) {
  /** Waits. */
  @FunctionalInterface
  public interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Real time, real sleep, real chance. */
  public static Pace real() {
    return new Pace(InstantSource.system(), Thread::sleep, new Random());
  }

  /**
   * Exponential back-off with jitter.
   *
   * @param first the first delay
   * @param longest the longest delay
   * @param attempt how often it failed already, from 1
   * @return between half and the whole of {@code first × 2^(attempt-1)}, at most {@code longest}
   */
  public Duration backoff(Duration first, Duration longest, int attempt) {
    int doublings = Math.min(Math.max(attempt - 1, 0), 20);
    long whole = Math.min(first.toMillis() << doublings, longest.toMillis());
    return Duration.ofMillis(whole / 2 + random.nextLong(whole / 2 + 1));
  }
}
