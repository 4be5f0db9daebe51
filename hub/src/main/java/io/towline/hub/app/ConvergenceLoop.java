package io.towline.hub.app;

import io.towline.hub.app.Convergence.Pass;
import io.towline.vocabulary.LogKeys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Runs passes when someone asks. What is asked for while a pass runs is served by one pass after
 * it, however often it was asked for: the newest wins. Thread-safe.
 */
final class ConvergenceLoop {
  /** Waits between passes that fail: doubled from the first to the last. */
  static final Duration FIRST_BACK_OFF = Duration.ofMillis(200);

  static final Duration LAST_BACK_OFF = Duration.ofSeconds(30);

  /** After so long the clock is asked again: it may have been set. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private static final Logger LOG = Logger.getLogger(ConvergenceLoop.class);

  private final Passes passes;
  private final Pause pause;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final InstantSource clock;
  private Optional<Instant> due = Optional.empty();
  private long asked;
  private long served;

  /** What is run when someone asks; one at a time. */
  @FunctionalInterface
  interface Passes {
    Pass run() throws InterruptedException;
  }

  /** Waits between passes that fail. */
  @FunctionalInterface
  interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  /**
   * @param clock says when what the last pass foresaw has come
   */
  ConvergenceLoop(Passes passes, Pause pause, InstantSource clock) {
    this.passes = passes;
    this.pause = pause;
    this.clock = clock;
  }

  /**
   * Asks for a pass that begins after this call.
   *
   * @return what {@link #await} waits for
   */
  long ask() {
    lock.lock();
    try {
      asked++;
      moved.signalAll();
      return asked;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the pass that was asked for has ended.
   *
   * @return false if it has not within the timeout
   */
  boolean await(long ticket, Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    lock.lock();
    try {
      while (served < ticket) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Serves until interrupted. */
  void run() throws InterruptedException {
    Duration backOff = Duration.ZERO;
    while (true) {
      long ticket = next(backOff);
      boolean good = once();
      if (good) {
        backOff = Duration.ZERO;
        serve(ticket);
      } else {
        Duration doubled = backOff.isZero() ? FIRST_BACK_OFF : backOff.multipliedBy(2);
        backOff = doubled.compareTo(LAST_BACK_OFF) > 0 ? LAST_BACK_OFF : doubled;
      }
    }
  }

  private long next(Duration backOff) throws InterruptedException {
    if (!backOff.isZero()) {
      pause.sleep(backOff);
    }
    lock.lock();
    try {
      while (asked == served) {
        Duration left = untilDue();
        if (left.isPositive()) {
          moved.awaitNanos(left.toNanos());
        } else {
          due = Optional.empty();
          asked++;
        }
      }
      return asked;
    } finally {
      lock.unlock();
    }
  }

  private Duration untilDue() {
    Instant now = clock.instant();
    return due.map(at -> Duration.between(now, at))
        .filter(left -> left.compareTo(LONGEST_WAIT) < 0)
        .orElse(LONGEST_WAIT);
  }

  private void expect(Optional<Instant> next) {
    lock.lock();
    try {
      due = next;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs one pass on this thread.
   *
   * @return whether it did all there is to do; otherwise another one has to follow
   */
  boolean once() throws InterruptedException {
    long start = System.nanoTime();
    try {
      Pass pass = passes.run();
      expect(pass.next());
      if (pass.published() > 0) {
        LOG.infof(
            "Published envelopes %s=%d %s=%d",
            LogKeys.COUNT,
            pass.published(),
            LogKeys.MILLIS,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      }
      return !pass.again();
    } catch (RuntimeException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LOG.error("A pass failed and is tried again", e);
      return false;
    }
  }

  private void serve(long ticket) {
    lock.lock();
    try {
      served = Math.max(served, ticket);
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
