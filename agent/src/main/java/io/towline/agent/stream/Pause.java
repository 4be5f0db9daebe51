package io.towline.agent.stream;

import java.time.Duration;

/** Waiting, so that a test need not. */
@FunctionalInterface
public interface Pause {
  /** Returns after the duration. */
  void sleep(Duration duration) throws InterruptedException;
}
