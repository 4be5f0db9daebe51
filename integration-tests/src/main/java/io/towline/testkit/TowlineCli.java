package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The command line, run as a person runs it, against one hub with one token, and free of what that
 * person has configured. Thread-safe.
 */
public final class TowlineCli {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final URI hub;
  private final String token;
  private final Path home;
  private final Map<String, String> environment;

  /**
   * The command line for a hub.
   *
   * @param home directory that it takes for the user's own, made if need be
   */
  public TowlineCli(URI hub, String token, Path home) {
    this(hub, token, home, Map.of());
  }

  private TowlineCli(URI hub, String token, Path home, Map<String, String> environment) {
    this.hub = hub;
    this.token = token;
    this.home = home;
    this.environment = Map.copyOf(environment);
  }

  /** The same with one more variable in its environment, beside those that name the hub. */
  public TowlineCli withEnvironment(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new TowlineCli(hub, token, home, more);
  }

  /**
   * What a command left.
   *
   * @param exitCode 0 if done
   * @param stdout what it answered
   * @param stderr what it said to a person
   */
  public record Result(int exitCode, String stdout, String stderr) {}

  /** Runs a command to its end; a failure is a result too. */
  public Result run(String... arguments) {
    return runIn(home, arguments);
  }

  /** Runs a command in a directory, for those that read files. */
  public Result runIn(Path directory, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Checkout.cli().toString()));
    command.addAll(List.of(arguments));
    try {
      Files.createDirectories(home);
      Path stdout = Files.createTempFile(home, "stdout", "");
      Path stderr = Files.createTempFile(home, "stderr", "");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile());
      builder.environment().keySet().removeIf(variable -> variable.startsWith("TOWLINE_"));
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().put("HOME", home.toString());
      builder.environment().put("XDG_CONFIG_HOME", home.resolve("config").toString());
      builder.environment().put("TOWLINE_HUB", hub.toString());
      builder.environment().put("TOWLINE_TOKEN", token);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            "towline " + String.join(" ", arguments) + " did not end:\n" + LogTail.of(stderr));
      }
      Result result =
          new Result(process.exitValue(), Files.readString(stdout), Files.readString(stderr));
      Files.delete(stdout);
      Files.delete(stderr);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException("the command line could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running the command line", e);
    }
  }

  /**
   * Runs a command that has to succeed and returns its answer.
   *
   * @throws IllegalStateException with what it said, if it does not
   */
  public String answer(String... arguments) {
    Result result = run(arguments);
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          "towline %s ended with %d:\n%s%s"
              .formatted(
                  String.join(" ", arguments),
                  result.exitCode(),
                  result.stdout(),
                  result.stderr()));
    }
    return result.stdout();
  }

  /** Runs a read that has to succeed with {@code -o json} and returns its answer. */
  public JsonNode json(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("-o");
    all.add("json");
    return KubeClient.json(answer(all.toArray(String[]::new)));
  }
}
