package io.towline.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Runs the programs of the build machine that take part in making an image. */
final class Programs {
  private Programs() {}

  /** How a program ended, and all that it printed. */
  private record Ended(int status, String output) {}

  /**
   * Runs a program to its end and returns what it printed.
   *
   * @throws IllegalStateException with what it printed, if it fails
   */
  static String run(List<String> command) {
    Ended ended = end(command);
    if (ended.status() != 0) {
      throw new IllegalStateException(
          "%s ended with %d:%n%s"
              .formatted(String.join(" ", command), ended.status(), ended.output()));
    }
    return ended.output();
  }

  /** Runs a program to its end and returns what it printed, or nothing if it failed. */
  static Optional<String> answer(List<String> command) {
    Ended ended = end(command);
    return ended.status() == 0 ? Optional.of(ended.output()) : Optional.empty();
  }

  private static Ended end(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(command.getFirst() + " could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command.getFirst(), e);
    }
  }
}
