package io.towline.hub.render;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How much a program may take.
 *
 * @param wallTime from start to end
 * @param cpuTime of the processor, in whole seconds
 * @param memory bytes of writable memory
 * @param output bytes of standard output
 */
record ProcessLimits(Duration wallTime, Duration cpuTime, long memory, long output) {
  /** Threads of one program in a namespace of its own; Go starts a few for each core. */
  private static final int MOST_THREADS = 256;

  /** Files that are open at once. */
  private static final int MOST_OPEN_FILES = 256;

  ProcessLimits {
    if (wallTime.isNegative() || wallTime.isZero() || cpuTime.toSeconds() < 1) {
      throw new IllegalArgumentException("a program needs a second of time at least");
    }
    if (memory < 1 || output < 1) {
      throw new IllegalArgumentException("a program needs memory and output");
    }
  }

  /**
   * The options of {@code prlimit}. Soft and hard limits are equal, because Go takes no notice of
   * the signal that a soft limit of time sends. Memory is counted as writable memory (RLIMIT_DATA):
   * Go reserves far more addresses than it ever uses, so a limit of addresses would mean nothing.
   * No file may be written at all.
   *
   * @param ownUser whether the program is in a user namespace of its own, where its threads are
   *     counted alone; elsewhere the limit would count those of the hub
   */
  List<String> options(boolean ownUser) {
    List<String> options = new ArrayList<>();
    options.add("--cpu=" + cpuTime.toSeconds());
    options.add("--data=" + memory);
    options.add("--fsize=0");
    options.add("--core=0");
    options.add("--nofile=" + MOST_OPEN_FILES);
    if (ownUser) {
      options.add("--nproc=" + MOST_THREADS);
    }
    return options;
  }
}
