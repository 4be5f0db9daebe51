package io.towline.hub.app;

import java.time.Duration;
import java.util.Collection;
import org.jboss.logging.Logger;

/** A virtual thread that runs one loop until it is interrupted. Thread-safe. */
final class LoopThread {
  /** How long a stop waits for what the loops are doing: a transaction waits 10 s for a lock. */
  static final Duration STOP_TIMEOUT = Duration.ofSeconds(12);

  /** Libraries lose interrupts, JGit above all: they are sent until one is heard. */
  private static final Duration SAID_AGAIN = Duration.ofMillis(50);

  private static final Logger LOG = Logger.getLogger(LoopThread.class);

  private final Thread thread;

  private LoopThread(Thread thread) {
    this.thread = thread;
  }

  /** The work of a loop; ends by an interrupt. */
  @FunctionalInterface
  interface Loop {
    void run() throws InterruptedException;
  }

  /** Starts a loop. */
  static LoopThread start(String name, Loop loop) {
    return new LoopThread(
        Thread.ofVirtual()
            .name(name)
            .start(
                () -> {
                  try {
                    loop.run();
                  } catch (InterruptedException e) {
                    LOG.debugf("Loop stopped name=%s", name);
                  }
                }));
  }

  /**
   * Stops loops together, and returns when all have stopped or {@link #STOP_TIMEOUT} has passed.
   * Idempotent.
   */
  static void stop(Collection<LoopThread> loops) {
    loops.forEach(loop -> loop.thread.interrupt());
    long end = System.nanoTime() + STOP_TIMEOUT.toNanos();
    try {
      for (LoopThread loop : loops) {
        loop.stopUntil(end);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stopUntil(long end) throws InterruptedException {
    while (!thread.join(SAID_AGAIN)) {
      if (System.nanoTime() - end > 0) {
        LOG.warnf("A loop did not stop in time name=%s", thread.getName());
        return;
      }
      thread.interrupt();
    }
  }
}
