package io.towline.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A moment by which something has to be true. Immutable; measured on the monotonic clock. */
public final class Deadline {

  private static final Duration PAUSE_BETWEEN_QUESTIONS = Duration.ofMillis(25);

  private final Duration within;
  private final long endNanos;

  private Deadline(Duration within) {
    this.within = within;
    this.endNanos = System.nanoTime() + within.toNanos();
  }

  /** The moment {@code within} from now. */
  public static Deadline in(Duration within) {
    return new Deadline(within);
  }

  /** Time left; never negative. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
  }

  /** Whether the moment has passed. */
  public boolean expired() {
    return endNanos - System.nanoTime() <= 0;
  }

  /**
   * Asks until the answer is yes. Only for what offers no watch: a process that is starting, or a
   * server that is not back yet.
   *
   * @throws NotInTime if the answer is still no at the deadline
   */
  public void until(String what, BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      if (expired()) {
        throw missed(what);
      }
      pause();
    }
  }

  /** The failure to throw when this deadline passed before {@code what} was so. */
  public NotInTime missed(String what) {
    return new NotInTime(what + ": not within " + within.toMillis() + " ms");
  }

  /**
   * Yields the processor between two questions.
   *
   * @throws IllegalStateException if the thread was interrupted, which stays set
   */
  void pause() {
    LockSupport.parkNanos(PAUSE_BETWEEN_QUESTIONS.toNanos());
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("interrupted while waiting");
    }
  }
}
