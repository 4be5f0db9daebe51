package io.towline.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The agent that is tried: the jar of {@code make build} with the options that a JVM is meant to
 * start it with, or the native program that {@value #BINARY_VARIABLE} names, which brings its own.
 * Whoever starts an agent asks here, so that one variable turns all of them.
 */
public sealed interface AgentProgram {

  /** Environment variable that names a native agent to be tried instead of the jar. */
  String BINARY_VARIABLE = "TOWLINE_AGENT_BINARY";

  /** What an environment asks for. */
  static AgentProgram named(Map<String, String> environment) {
    return Optional.ofNullable(environment.get(BINARY_VARIABLE))
        .filter(named -> !named.isEmpty())
        .<AgentProgram>map(named -> new NativeAgent(Path.of(named)))
        .orElseGet(() -> new JvmAgent(Checkout.agentJar(), Checkout.agentOptions()));
  }

  /** The whole command: with these definitions ({@code -Dname=value}) and these arguments. */
  List<String> command(List<String> definitions, String... arguments);

  /** Bytes that it takes on a disk, without the Java that it may need. */
  long bytes();

  /** An agent on the Java of this JVM. */
  record JvmAgent(Path jar, Path options) implements AgentProgram {
    @Override
    public List<String> command(List<String> definitions, String... arguments) {
      return JavaProgram.jarCommand(jar, List.of("@" + options), definitions, arguments);
    }

    @Override
    public long bytes() {
      return Folders.bytes(jar.resolveSibling("."));
    }

    @Override
    public String toString() {
      return "on the JVM";
    }
  }

  /** An agent that is a program of its own. */
  record NativeAgent(Path program) implements AgentProgram {
    /** Refuses what cannot be started, before anything waits for it. */
    public NativeAgent {
      if (!Files.isExecutable(program)) {
        throw new IllegalStateException(
            BINARY_VARIABLE
                + " names "
                + program
                + ", which is no program; unset it, or build one with mvn package -Dnative");
      }
      program = program.toAbsolutePath();
    }

    /**
     * Asks the program whether it is whole.
     *
     * @throws IllegalStateException with its answer, if it is not: every journey would fail by it,
     *     and none would say why
     */
    void requireWhole(Path scratch) {
      List<String> command = command(List.of(), "--self-check");
      LocalProcess check =
          LocalProcess.start(
              LocalProcess.Launch.of("self-check", scratch, Path.of(command.getFirst()))
                  .with(command.subList(1, command.size())));
      int status = check.awaitExit(Duration.ofMinutes(1));
      if (status != 0) {
        throw check.failure(
            "ended with "
                + status
                + ": "
                + String.join(" ", command)
                + " says that this agent is not whole, so no journey was tried with it");
      }
    }

    @Override
    public List<String> command(List<String> definitions, String... arguments) {
      return Stream.of(List.of(program.toString()), definitions, List.of(arguments))
          .flatMap(List::stream)
          .toList();
    }

    @Override
    public long bytes() {
      return Folders.bytes(program);
    }

    @Override
    public String toString() {
      return "native";
    }
  }
}
