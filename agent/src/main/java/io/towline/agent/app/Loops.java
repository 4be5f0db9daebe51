package io.towline.agent.app;

import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The agent's loops, one virtual thread each. A loop that fails in a way nobody foresaw is begun
 * again after a while: one mistake must not end the others. Not thread-safe.
 */
final class Loops {
  private static final Logger LOG = Logger.getLogger(Loops.class);
  private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(10);

  /** Something that goes on until its thread is interrupted. */
  @FunctionalInterface
  interface Loop {
    void run() throws InterruptedException;
  }

  private final List<Thread> threads = new ArrayList<>();
  private final AgentNews news;

  Loops(AgentNews news) {
    this.news = news;
  }

  void start(String name, Loop loop) {
    threads.add(Thread.ofVirtual().name("towline-" + name).start(() -> keepRunning(name, loop)));
  }

  private void keepRunning(String name, Loop loop) {
    try {
      while (true) {
        try {
          loop.run();
          return;
        } catch (RuntimeException e) {
          LOG.errorf(e, "the loop %s failed", name);
          news.warns(name, 0, Reason.INTERNAL, "Verify", "the loop " + name + " failed");
        }
        Thread.sleep(AFTER_A_FAILURE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Interrupts all of them, and waits no longer than that. */
  void stop(Duration longest) throws InterruptedException {
    threads.forEach(Thread::interrupt);
    long end = System.nanoTime() + longest.toNanos();
    for (Thread thread : threads) {
      long left = end - System.nanoTime();
      if (left > 0) {
        boolean ended = thread.join(Duration.ofNanos(left));
        if (!ended) {
          LOG.debugf("the thread %s did not end in time", thread.getName());
        }
      }
    }
  }
}
