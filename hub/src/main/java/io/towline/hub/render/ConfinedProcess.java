package io.towline.hub.render;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs one program to its end within limits, or kills it with all that it started. Thread-safe. */
final class ConfinedProcess {
  private static final System.Logger LOG = System.getLogger(ConfinedProcess.class.getName());

  /** What is kept of standard error; the rest is read and thrown away. */
  private static final int MOST_ERROR_BYTES = 64 * 1024;

  /** A killed program is gone at once; this only bounds the wait for the kernel. */
  private static final Duration DEATH = Duration.ofSeconds(10);

  private static final int BUFFER = 64 * 1024;

  private final Confinement confinement;
  private final ProcessLimits limits;

  /** How a program ended. */
  sealed interface Outcome {
    /** By itself, or by a signal of the kernel. Holds its output without copying it. */
    final class Ended implements Outcome {
      private final int status;
      private final byte[] output;
      private final String error;

      Ended(int status, byte[] output, String error) {
        this.status = status;
        this.output = output;
        this.error = error;
      }

      /** The exit status; 128 and the signal's number if a signal ended it. */
      int status() {
        return status;
      }

      byte[] output() {
        return output;
      }

      /** The beginning of what it wrote to standard error. */
      String error() {
        return error;
      }
    }

    /** Killed, as its time was up. */
    record TimedOut() implements Outcome {}

    /** Killed, as it wrote more than it may. */
    record OutputTooLarge() implements Outcome {}
  }

  ConfinedProcess(Confinement confinement, ProcessLimits limits) {
    this.confinement = confinement;
    this.limits = limits;
  }

  /**
   * Runs a program.
   *
   * @param command an absolute path and arguments; no shell is involved
   * @param environment the whole environment of the program
   * @throws IOException if it cannot be started
   * @throws InterruptedException if the thread was interrupted; the program is killed then
   */
  Outcome run(List<String> command, Path directory, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(confinement.confine(command, limits)).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      Outcome outcome = wait(process);
      if (outcome instanceof Outcome.TimedOut) {
        kill(process);
      }
      return outcome;
    } catch (IOException | InterruptedException | RuntimeException e) {
      kill(process);
      throw e;
    }
  }

  private Outcome wait(Process process) throws IOException, InterruptedException {
    AtomicBoolean tooLarge = new AtomicBoolean();
    CompletableFuture<byte[]> output = new CompletableFuture<>();
    CompletableFuture<byte[]> error = new CompletableFuture<>();
    Runnable onTooLarge =
        () -> {
          if (!tooLarge.getAndSet(true)) {
            kill(process);
          }
        };
    Thread.startVirtualThread(
        () -> collect(process.getInputStream(), limits.output(), onTooLarge, output));
    Thread.startVirtualThread(
        () -> collect(process.getErrorStream(), MOST_ERROR_BYTES, () -> {}, error));
    if (!process.waitFor(limits.wallTime().toMillis(), TimeUnit.MILLISECONDS)) {
      return new Outcome.TimedOut();
    }
    byte[] out = finished(output);
    if (tooLarge.get()) {
      return new Outcome.OutputTooLarge();
    }
    String err = new String(finished(error), StandardCharsets.UTF_8);
    return new Outcome.Ended(process.exitValue(), out, err);
  }

  /** Reads to the end, so that the program is never held up, and keeps what is within the limit. */
  private static void collect(
      InputStream stream, long most, Runnable onMore, CompletableFuture<byte[]> result) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    try (stream) {
      for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
        int room = (int) Math.min(n, most - kept.size());
        kept.write(buffer, 0, room);
        if (room < n) {
          onMore.run();
        }
      }
      result.complete(kept.toByteArray());
    } catch (IOException e) {
      result.completeExceptionally(e);
    }
  }

  private static byte[] finished(CompletableFuture<byte[]> stream)
      throws IOException, InterruptedException {
    try {
      return stream.get(DEATH.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException("the program's output could not be read", e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the program left a process behind that holds its output open", e);
    }
  }

  /** The group where there is one; its descendants in any case, before they lose their parent. */
  private void kill(Process process) {
    List<ProcessHandle> descendants = process.descendants().toList();
    if (process.isAlive()) {
      confinement.group().ifPresent(programs -> killGroup(programs.kill(), process.pid()));
    }
    process.toHandle().destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    process.onExit().orTimeout(DEATH.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  /** Java has no call for it. Where it fails, killing one by one has to do. */
  private static void killGroup(Path kill, long leader) {
    try {
      new ProcessBuilder(kill.toString(), "-KILL", "--", "-" + leader)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .onExit()
          .orTimeout(DEATH.toMillis(), TimeUnit.MILLISECONDS)
          .join();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "A process group could not be killed", e);
    }
  }
}
