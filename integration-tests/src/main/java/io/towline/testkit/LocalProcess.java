package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A program that runs beside the JVM, writes to one log file, and is ended by its own process id:
 * when this object is closed, or when the JVM ends.
 *
 * <p>The program sees the environment of the JVM without what would configure Towline or Kubernetes
 * behind the caller's back, and with what the caller sets. Thread-safe.
 */
public final class LocalProcess implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final List<String> NOT_INHERITED =
      List.of("TOWLINE_", "QUARKUS_", "KUBE", "ETCD_");

  private final String name;
  private final Path log;
  private final Process process;

  private LocalProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /** What to run. A value; the {@code with} methods give changed copies. */
  public record Launch(
      String name, Path directory, List<String> command, Map<String, String> environment) {

    /** Copies what it is given. */
    public Launch {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
    }

    /** A program without arguments, its log and working directory in {@code directory}. */
    public static Launch of(String name, Path directory, Path program) {
      return new Launch(name, directory, List.of(program.toString()), Map.of());
    }

    /** The same with further arguments. */
    public Launch with(String... arguments) {
      return with(List.of(arguments));
    }

    /** The same with further arguments. */
    public Launch with(List<String> arguments) {
      List<String> all = new ArrayList<>(command);
      all.addAll(arguments);
      return new Launch(name, directory, all, environment);
    }

    /** The same with one more variable in its environment. */
    public Launch withEnvironment(String variable, String value) {
      Map<String, String> all = new LinkedHashMap<>(environment);
      all.put(variable, value);
      return new Launch(name, directory, command, all);
    }

    /** File that standard output and standard error are appended to. */
    public Path log() {
      return directory.resolve(name + ".log");
    }
  }

  /** Starts a program; returns at once, with its log in {@link Launch#log()}. */
  public static LocalProcess start(Launch launch) {
    try {
      Files.createDirectories(launch.directory());
      ProcessBuilder builder =
          new ProcessBuilder(launch.command())
              .directory(launch.directory().toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(launch.log().toFile()));
      builder.environment().keySet().removeIf(LocalProcess::isNotInherited);
      builder.environment().putAll(launch.environment());
      Process process = builder.start();
      process.getOutputStream().close();
      LocalProcess started = new LocalProcess(launch.name(), launch.log(), process);
      RunningProcesses.add(started);
      ProcessRecord.write(launch.directory(), launch.name(), process.toHandle());
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(launch.name() + " could not be started", e);
    }
  }

  private static boolean isNotInherited(String variable) {
    return NOT_INHERITED.stream().anyMatch(variable::startsWith);
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The name that it was started under. */
  public String name() {
    return name;
  }

  /** The file that it writes to. */
  public Path log() {
    return log;
  }

  /** What it costs at this moment. */
  public Footprint footprint() {
    return Footprint.of(pid());
  }

  /**
   * Asks until the process serves, as its own answer says. A process that does not is ended.
   *
   * @throws IllegalStateException with the end of its log, if it ends or misses the deadline
   */
  public void awaitReady(Duration within, BooleanSupplier serves) {
    Deadline deadline = Deadline.in(within);
    while (!serves.getAsBoolean()) {
      if (!isAlive()) {
        throw failure("ended with " + process.exitValue() + " before it was ready");
      }
      if (deadline.expired()) {
        stop();
        throw failure("was not ready within " + within.toSeconds() + " s");
      }
      deadline.pause();
    }
  }

  /** Has something done when the process has ended, for whatever reason. */
  public void whenEnded(Runnable action) {
    var unused = process.onExit().thenRun(action);
  }

  /** Waits for the process to end by itself and returns its exit code. */
  public int awaitExit(Duration within) {
    if (!ended(within)) {
      throw failure("did not end within " + within.toSeconds() + " s");
    }
    return process.exitValue();
  }

  /** Sends a signal by name, as {@code STOP} and {@code CONT} to hold a process and let it go. */
  public void signal(String signal) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw failure("could not be sent " + signal);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("kill could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while signalling " + name, e);
    }
  }

  /** Ends it as a power cut would (SIGKILL) and waits until it is gone. Idempotent. */
  public void kill() {
    process.destroyForcibly();
    if (!ended(GRACE)) {
      throw failure("survived SIGKILL for " + GRACE.toSeconds() + " s");
    }
    RunningProcesses.remove(this);
  }

  /** Ends it politely (SIGTERM), and by SIGKILL if it takes longer than ten seconds. Idempotent. */
  public void stop() {
    process.destroy();
    if (ended(GRACE)) {
      RunningProcesses.remove(this);
    } else {
      kill();
    }
  }

  @Override
  public void close() {
    stop();
  }

  /** Asks the process to end (SIGTERM) and does not wait. */
  void requestEnd() {
    process.destroy();
  }

  /** A failure that quotes the end of the log. */
  public IllegalStateException failure(String what) {
    return new IllegalStateException(
        name
            + " (process "
            + pid()
            + ") "
            + what
            + "; the end of "
            + log
            + ":\n"
            + LogTail.of(log));
  }

  boolean ended(Duration within) {
    try {
      return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the end of " + name, e);
    }
  }
}
