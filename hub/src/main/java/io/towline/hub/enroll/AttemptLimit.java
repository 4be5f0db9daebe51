package io.towline.hub.enroll;

import java.time.Duration;
import java.util.function.LongSupplier;

/** How often strangers may try: so many a second, twice as many at once. Thread-safe. */
final class AttemptLimit {
  private static final int SECONDS_AT_ONCE = 2;

  private final long costNanos;
  private final LongSupplier nanoTime;
  private long savedNanos;
  private long lastNanos;

  AttemptLimit(int perSecond, LongSupplier nanoTime) {
    this.costNanos = Duration.ofSeconds(1).toNanos() / perSecond;
    this.nanoTime = nanoTime;
    this.savedNanos = Duration.ofSeconds(SECONDS_AT_ONCE).toNanos();
    this.lastNanos = nanoTime.getAsLong();
  }

  /** Whether one more may try now; counts it if so. */
  synchronized boolean admits() {
    long now = nanoTime.getAsLong();
    long most = Duration.ofSeconds(SECONDS_AT_ONCE).toNanos();
    savedNanos = Math.min(most, savedNanos + Math.max(0, now - lastNanos));
    lastNanos = now;
    if (savedNanos < costNanos) {
      return false;
    }
    savedNanos -= costNanos;
    return true;
  }
}
