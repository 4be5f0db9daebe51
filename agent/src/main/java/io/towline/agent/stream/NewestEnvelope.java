package io.towline.agent.stream;

import io.towline.agent.v1.SignedEnvelope;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Room for one envelope that waits to be looked at. A newer one takes its place: envelopes are
 * states, not events, and only the newest is worth the work. Safe for use by many threads.
 */
public final class NewestEnvelope {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private @Nullable SignedEnvelope waiting;
  private boolean woken;

  public NewestEnvelope() {}

  /** Puts an envelope in the place of the one that waits, if any. */
  public void put(SignedEnvelope envelope) {
    lock.lock();
    try {
      waiting = envelope;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes the envelope that waits, or waits for one. */
  public SignedEnvelope take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      SignedEnvelope envelope = waiting;
      while (envelope == null) {
        arrived.await();
        envelope = waiting;
      }
      waiting = null;
      return envelope;
    } finally {
      lock.unlock();
    }
  }

  /** Lets whoever waits look at something else; also if nobody waits yet. */
  public void wake() {
    lock.lock();
    try {
      woken = true;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until an envelope waits or somebody calls {@link #wake()}, and no longer than that; says
   * whether an envelope waits.
   */
  public boolean await(Duration longest) throws InterruptedException {
    long left = longest.toNanos();
    lock.lockInterruptibly();
    try {
      while (waiting == null && !woken && left > 0) {
        left = arrived.awaitNanos(left);
      }
      woken = false;
      return waiting != null;
    } finally {
      lock.unlock();
    }
  }

  /** Whether one waits: whoever works on an older one may stop. */
  public boolean isWaiting() {
    lock.lock();
    try {
      return waiting != null;
    } finally {
      lock.unlock();
    }
  }
}
