package io.towline.hub.show;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes the watches. Counts, so that a wake-up between two looks is not missed. Thread-safe. */
final class Wakeups {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private long count;

  void wake() {
    lock.lock();
    try {
      count++;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there were more than that many; false if the time is over before. */
  boolean await(long seen, Duration atMost) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = atMost.toNanos();
      while (count <= seen && left > 0) {
        left = woken.awaitNanos(left);
      }
      return count > seen;
    } finally {
      lock.unlock();
    }
  }

  /** Lets more of what belongs together come in. */
  void pause(Duration time) throws InterruptedException {
    Thread.sleep(time);
  }
}
