package io.towline.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.Supplier;

/** Tells a person what is being done and how long it took. Thread-safe. */
final class Progress {

  private static final double NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

  private final PrintStream out;
  private final long started = System.nanoTime();

  Progress(PrintStream out) {
    this.out = out;
  }

  /** Does a step between two lines: what it is, and that it is done. */
  <T> T during(String what, Supplier<T> step) {
    say(what + " ...");
    long begin = System.nanoTime();
    T result = step.get();
    say("%s: done in %.1f s".formatted(what, (System.nanoTime() - begin) / NANOS_PER_SECOND));
    return result;
  }

  /** Seconds since the beginning. */
  double seconds() {
    return (System.nanoTime() - started) / NANOS_PER_SECOND;
  }

  void say(String line) {
    out.printf("[%5.1f s] %s%n", seconds(), line);
  }
}
