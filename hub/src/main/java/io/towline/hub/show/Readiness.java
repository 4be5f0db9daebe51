package io.towline.hub.show;

import io.grpc.Context;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Whether the reader of a call takes more. The Mutiny stubs ask for everything at once and would
 * let a stalled reader's messages pile up; whoever streams waits here first. Thread-safe.
 */
final class Readiness {
  private static final Context.Key<Readiness> KEY = Context.key("towline-readiness");

  /** Looked at again after this, in case a transport forgot to say that it is ready. */
  private static final long RECHECK_SECONDS = 5;

  private final BooleanSupplier ready;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  Readiness(BooleanSupplier ready) {
    this.ready = ready;
  }

  /** The one of the call that this thread serves. */
  static Readiness current() {
    Readiness readiness = KEY.get();
    if (readiness == null) {
      throw new IllegalStateException("Only calls that came through PeopleInterceptor get here");
    }
    return readiness;
  }

  Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /** Something may have changed. */
  void changed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the reader takes more. */
  void await() throws InterruptedException {
    lock.lock();
    try {
      while (!ready.getAsBoolean()) {
        var unused = changed.await(RECHECK_SECONDS, TimeUnit.SECONDS);
      }
    } finally {
      lock.unlock();
    }
  }
}
