package io.towline.hub.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A program of the person's own machine, run with the person's environment. */
final class LocalProgram {
  /** How long one run may take: helm may fetch a chart. */
  private static final int SECONDS = 120;

  /** What is read of an answer: a list of every Deployment of a large cluster is smaller. */
  private static final int MAX_BYTES = 64 * 1024 * 1024;

  private final Path file;
  private final Map<String, String> environment;

  private LocalProgram(Path file, Map<String, String> environment) {
    this.file = file;
    this.environment = environment;
  }

  /** The first one on the PATH. */
  static Optional<LocalProgram> find(Terminal terminal, String name) {
    for (String directory : terminal.environment("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory).resolve(name);
      if (Files.isRegularFile(file) && Files.isExecutable(file)) {
        return Optional.of(new LocalProgram(file.toAbsolutePath(), terminal.environment()));
      }
    }
    return Optional.empty();
  }

  /** The first one on the PATH, or what a person has to do for it. */
  static LocalProgram required(Terminal terminal, String name, String otherwise) {
    return find(terminal, name)
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.PRECONDITION,
                    "There is no " + name + " on the PATH",
                    "",
                    "it does this part of the work",
                    "install " + name + ", or " + otherwise));
  }

  /** What a run left; a failure is one too. */
  record Outcome(int code, String out, String err) {
    boolean good() {
      return code == 0;
    }

    /** The first line that says why it failed. */
    String why() {
      return err.lines()
          .filter(line -> !line.isBlank())
          .findFirst()
          .orElse("it ended with " + code);
    }
  }

  /** Runs it to its end. */
  Outcome run(String input, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(file.toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      try {
        FutureTask<String> out = reading(process.getInputStream());
        FutureTask<String> err = reading(process.getErrorStream());
        feed(process, input);
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
          return new Outcome(ExitCode.TIMEOUT, "", file + " took longer than " + SECONDS + " s");
        }
        return new Outcome(process.exitValue(), out.get(), err.get());
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return new Outcome(ExitCode.INTERNAL, "", file + " cannot be run: " + e.getMessage());
    } catch (ExecutionException e) {
      return new Outcome(ExitCode.INTERNAL, "", file + " cannot be read: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome(ExitCode.INTERNAL, "", file + " was not waited for");
    }
  }

  private static void feed(Process process, String input) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading: its code and its words say more than this.
    }
  }

  private static FutureTask<String> reading(InputStream stream) {
    FutureTask<String> text =
        new FutureTask<>(() -> new String(stream.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    Thread.ofVirtual().start(text);
    return text;
  }
}
