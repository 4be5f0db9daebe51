package io.towline.agent.stream;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Room for one envelope of each deliverer that waits to be looked at. A newer one takes the place
 * of its deliverer's older one: envelopes are states, not events, and only the newest is worth the
 * work. Safe for use by many threads.
 */
public final class NewestEnvelope {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Map<Deliverer, Delivered> waiting = new LinkedHashMap<>();

  /** What was looked at and is to be looked at again, after whatever is new. */
  private final Map<Deliverer, Delivered> setAside = new LinkedHashMap<>();

  private boolean woken;

  public NewestEnvelope() {}

  /** Puts an envelope in the place of the one of its deliverer that waits, if any. */
  public void put(Delivered envelope) {
    lock.lock();
    try {
      setAside.remove(envelope.from());
      waiting.put(envelope.from(), envelope);
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Puts back what was taken, behind all others, unless its deliverer brought a newer one. */
  public void giveBack(Delivered envelope) {
    lock.lock();
    try {
      if (!waiting.containsKey(envelope.from())) {
        setAside.put(envelope.from(), envelope);
        arrived.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes an envelope that waits, new ones first, or waits for one. */
  public Delivered take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (isEmpty()) {
        arrived.await();
      }
      Iterator<Delivered> next = (waiting.isEmpty() ? setAside : waiting).values().iterator();
      Delivered envelope = next.next();
      next.remove();
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
      while (isEmpty() && !woken && left > 0) {
        left = arrived.awaitNanos(left);
      }
      woken = false;
      return !isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until an envelope waits that is new, and no longer than that. */
  public void awaitNew(Duration longest) throws InterruptedException {
    long left = longest.toNanos();
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && left > 0) {
        left = arrived.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether a new one waits: whoever works on another one may stop. */
  public boolean isWaiting() {
    lock.lock();
    try {
      return !waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private boolean isEmpty() {
    return waiting.isEmpty() && setAside.isEmpty();
  }
}
