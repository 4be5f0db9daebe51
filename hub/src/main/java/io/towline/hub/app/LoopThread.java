package io.towline.hub.app;

import java.time.Duration;
import org.jboss.logging.Logger;

/** A virtual thread that runs one loop until it is interrupted. Thread-safe. */
final class LoopThread {
  /** How long a stop waits for what the loop is doing. */
  static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

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

  /** Stops it, and returns when it has stopped or {@link #STOP_TIMEOUT} has passed. */
  void stop() {
    thread.interrupt();
    try {
      if (!thread.join(STOP_TIMEOUT)) {
        LOG.warnf("A loop did not stop in time name=%s", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
