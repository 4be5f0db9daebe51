package io.towline.agent.apply;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes a loop. A ring while nobody waits is kept; several are one. Safe for many threads. */
public final class Bell {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition rung = lock.newCondition();
  private boolean pending;

  /** Wakes who waits, or who waits next. */
  public void ring() {
    lock.lock();
    try {
      pending = true;
      rung.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a ring.
   *
   * @return whether it rang, and the time did not just run out
   */
  public boolean await(Duration limit) throws InterruptedException {
    lock.lock();
    try {
      long left = limit.toNanos();
      while (!pending && left > 0) {
        left = rung.awaitNanos(Math.min(left, TimeUnit.HOURS.toNanos(1)));
      }
      boolean was = pending;
      pending = false;
      return was;
    } finally {
      lock.unlock();
    }
  }
}
