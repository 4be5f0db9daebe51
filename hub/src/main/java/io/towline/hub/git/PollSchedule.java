package io.towline.hub.git;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.random.RandomGenerator;

/**
 * When a source is looked at next: by its interval with some jitter, later and later while it
 * fails, and sooner when someone asks. Thread-safe; does not sleep itself.
 */
public final class PollSchedule {
  /** A source that fails is looked at least so often. */
  public static final Duration MAX_BACK_OFF = Duration.ofMinutes(10);

  /** Wake-ups bring two looks no nearer together than this. */
  public static final Duration MIN_GAP = Duration.ofSeconds(1);

  /** More wake-ups within a minute are refused. */
  public static final int MAX_WAKES_A_MINUTE = 60;

  /** An interval is shortened or lengthened by at most this part. */
  private static final double JITTER = 0.1;

  private static final int MAX_DOUBLINGS = 20;

  private final Duration interval;
  private final RandomGenerator random;
  private final Deque<Instant> wakes = new ArrayDeque<>();
  private Instant due;
  private Instant earliest;
  private int failures;
  private boolean woken;

  /**
   * @param interval while all is well
   * @param start when the first look is due
   */
  public PollSchedule(Duration interval, RandomGenerator random, Instant start) {
    this.interval = interval;
    this.random = random;
    this.due = start;
    this.earliest = start;
  }

  /** When the next look is due. */
  public synchronized Instant due() {
    return due;
  }

  /** A look begins: it answers the wake-ups until now, and those that come later need another. */
  public synchronized void begins() {
    woken = false;
  }

  /** A look ended well. */
  public synchronized void succeeded(Instant now) {
    failures = 0;
    plan(now, interval);
  }

  /** A look failed: the next one is due after the interval, doubled for each failure in a row. */
  public synchronized void failed(Instant now) {
    Duration wait = interval;
    for (int i = 0; i < Math.min(failures, MAX_DOUBLINGS); i++) {
      if (wait.compareTo(MAX_BACK_OFF) < 0) {
        wait = wait.multipliedBy(2);
      }
    }
    failures++;
    Duration longest = interval.compareTo(MAX_BACK_OFF) > 0 ? interval : MAX_BACK_OFF;
    plan(now, wait.compareTo(longest) > 0 ? longest : wait);
  }

  /**
   * Someone says that there is something new: the next look is due at once, or as soon as the gap
   * to the last one allows; after the look that goes on, if there is one.
   *
   * @return false when there were too many of these; nothing changes then
   */
  public synchronized boolean wake(Instant now) {
    while (!wakes.isEmpty() && wakes.getFirst().isBefore(now.minus(Duration.ofMinutes(1)))) {
      wakes.removeFirst();
    }
    if (wakes.size() >= MAX_WAKES_A_MINUTE) {
      return false;
    }
    wakes.addLast(now);
    woken = true;
    Instant soon = now.isAfter(earliest) ? now : earliest;
    if (soon.isBefore(due)) {
      due = soon;
    }
    return true;
  }

  private void plan(Instant now, Duration wait) {
    double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
    earliest = now.plus(MIN_GAP);
    due = woken ? earliest : now.plusMillis((long) (wait.toMillis() * factor));
  }
}
