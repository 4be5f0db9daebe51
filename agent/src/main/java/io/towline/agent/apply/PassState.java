package io.towline.agent.apply;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Whether a pass goes on. Safe for many threads. */
final class PassState {
  /** Calls in a row without an answer after which the rest of a pass is not even tried. */
  private static final int GIVE_UP_AFTER = 3;

  private final BooleanSupplier superseded;
  private final AtomicInteger unanswered = new AtomicInteger();

  PassState(BooleanSupplier superseded) {
    this.superseded = superseded;
  }

  /** The API server answered. */
  void reached() {
    unanswered.updateAndGet(n -> n >= GIVE_UP_AFTER ? n : 0);
  }

  /** The API server did not answer. */
  void unreachable() {
    unanswered.incrementAndGet();
  }

  boolean isUnreachable() {
    return unanswered.get() > 0;
  }

  boolean stopped() {
    return unanswered.get() >= GIVE_UP_AFTER || superseded.getAsBoolean();
  }
}
