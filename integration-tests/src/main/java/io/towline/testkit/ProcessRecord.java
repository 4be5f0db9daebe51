package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Which processes were started in a directory, in files beside their logs, so that a later run can
 * end what a run that was killed left behind. A process counts as the recorded one only if it also
 * started at the recorded moment, since ids are used again.
 */
public final class ProcessRecord {

  private static final String SUFFIX = ".process";
  private static final Duration GRACE = Duration.ofSeconds(10);

  private ProcessRecord() {}

  static void write(Path directory, String name, ProcessHandle process) {
    Optional<Instant> started = process.info().startInstant();
    if (started.isEmpty()) {
      return;
    }
    try {
      Files.writeString(
          directory.resolve(name + SUFFIX), process.pid() + " " + started.get().toEpochMilli());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends every process that was recorded below a directory and still runs; says how many. */
  public static int endLeftovers(Path root) {
    List<ProcessHandle> left;
    try (Stream<Path> files = Files.walk(root)) {
      left =
          files
              .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
              .flatMap(file -> running(file).stream())
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    left.forEach(ProcessHandle::destroy);
    left.forEach(ProcessRecord::awaitEnd);
    return left.size();
  }

  private static Optional<ProcessHandle> running(Path file) {
    try {
      String[] words = Files.readString(file).split(" ", 2);
      Instant started = Instant.ofEpochMilli(Long.parseLong(words[1]));
      return ProcessHandle.of(Long.parseLong(words[0]))
          .filter(process -> process.info().startInstant().equals(Optional.of(started)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
    } catch (ExecutionException e) {
      throw new IllegalStateException("process " + process.pid() + " cannot be waited for", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while ending what an earlier run left", e);
    }
  }
}
