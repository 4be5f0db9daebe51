package io.towline.hub.app;

import java.time.Duration;
import org.jboss.logging.Logger;

/** Does one thing again and again; a failure is logged and does not end it. */
final class Periodic {
  private static final Logger LOG = Logger.getLogger(Periodic.class);

  private Periodic() {}

  /** What is done; it may be interrupted. */
  @FunctionalInterface
  interface Work {
    void run() throws InterruptedException;
  }

  /** Starts it; the first run is after one interval. */
  static LoopThread start(String name, Duration interval, Work work) {
    return LoopThread.start(
        name,
        () -> {
          while (true) {
            Thread.sleep(interval);
            try {
              work.run();
            } catch (RuntimeException e) {
              LOG.errorf(e, "A periodic task failed and is tried again name=%s", name);
            }
          }
        });
  }
}
