package io.towline.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What this JVM started and has not ended yet. When the JVM ends, whatever is left is asked to end,
 * latest first, all within one grace period, and then killed.
 */
public final class RunningProcesses {

  private static final Duration GRACE = Duration.ofSeconds(8);
  private static final List<LocalProcess> RUNNING = new ArrayList<>();
  private static boolean hooked;

  private RunningProcesses() {}

  static synchronized void add(LocalProcess process) {
    if (!hooked) {
      Runtime.getRuntime().addShutdownHook(new Thread(RunningProcesses::endAll, "end-processes"));
      hooked = true;
    }
    RUNNING.add(process);
  }

  static synchronized void remove(LocalProcess process) {
    RUNNING.remove(process);
  }

  /**
   * Ends everything that this JVM started and that still runs, latest first. Idempotent, and safe
   * to call while another thread does the same.
   */
  public static void endAll() {
    List<LocalProcess> left = snapshot().reversed();
    left.forEach(LocalProcess::requestEnd);
    Deadline deadline = Deadline.in(GRACE);
    for (LocalProcess process : left) {
      if (!process.ended(deadline.remaining())) {
        process.kill();
      }
    }
  }

  private static synchronized List<LocalProcess> snapshot() {
    return List.copyOf(RUNNING);
  }
}
