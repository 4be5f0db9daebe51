package io.towline.testkit;

import io.towline.vocabulary.Names;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An agent outside its cluster, with its state in one directory: the jar of {@code make build} with
 * the options that it is meant to be started with, or the native program that {@value
 * #BINARY_VARIABLE} names. Configure it, start it, and start it again after a stop or a kill with
 * the state it left. Not thread-safe.
 */
public final class AgentProcess implements AutoCloseable {

  /** Environment variable that names a native agent to be tried instead of the jar. */
  public static final String BINARY_VARIABLE = "TOWLINE_AGENT_BINARY";

  private static final Duration START_WITHIN = Duration.ofMinutes(2);

  private final JavaProgram program;
  private final int managementPort = Ports.free();
  private @Nullable LocalProcess process;

  private AgentProcess(Path directory, Path kubeconfig) {
    program = new JavaProgram("agent", directory, "@" + Checkout.agentOptions());
    program.environment("MALLOC_ARENA_MAX", "1");
    program.property("quarkus.management.host", "127.0.0.1");
    program.property("quarkus.management.port", Integer.toString(managementPort));
    program.environment("TOWLINE_STATE_DIR", stateDirectory().toString());
    program.environment("TOWLINE_NAMESPACE", Names.DEFAULT_AGENT_NAMESPACE);
    program.environment("KUBECONFIG", kubeconfig.toString());
  }

  /** An agent that keeps its state below a directory and reaches its cluster by a kubeconfig. */
  public static AgentProcess in(Path directory, Path kubeconfig) {
    return new AgentProcess(directory, kubeconfig);
  }

  /** Gives it what it enrolls with, from the next start on. */
  public AgentProcess withJoinToken(String token) {
    return withEnvironment("TOWLINE_JOIN_TOKEN", token);
  }

  /** Sets a configuration property, from the next start on. */
  public AgentProcess with(String property, String value) {
    program.property(property, value);
    return this;
  }

  /** Sets a variable of its environment, from the next start on. */
  public AgentProcess withEnvironment(String variable, String value) {
    program.environment(variable, value);
    return this;
  }

  /** Starts it, again if need be, without waiting for anything. Idempotent. */
  public AgentProcess launch() {
    if (process == null || !process.isAlive()) {
      String binary = System.getenv(BINARY_VARIABLE);
      process =
          binary == null || binary.isEmpty()
              ? program.startJar(Checkout.agentJar())
              : program.startBinary(Path.of(binary));
    }
    return this;
  }

  /** Starts it, again if need be, and waits until it is ready. Idempotent. */
  public AgentProcess start() {
    launch();
    URI ready = managementUrl().resolve("/readyz");
    process().awaitReady(START_WITHIN, () -> Probe.answersOk(ready));
    return this;
  }

  /**
   * Has it look at everything that it needs, in place of running: the process ends by itself, and
   * its log is the answer.
   */
  public LocalProcess check() {
    return program.startJar(Checkout.agentJar(), "check");
  }

  /** Where its probes and metrics are. */
  public URI managementUrl() {
    return URI.create("http://127.0.0.1:" + managementPort);
  }

  /** Where it keeps what it verified and what it applied. */
  public Path stateDirectory() {
    return program.directory().resolve("state");
  }

  /** The running process. */
  public LocalProcess process() {
    if (process == null) {
      throw new IllegalStateException("the agent has not been started");
    }
    return process;
  }

  /** What it costs at this moment. */
  public Footprint footprint() {
    return process().footprint();
  }

  /** Ends it by SIGTERM; {@link #start()} brings it back. Idempotent. */
  public void stop() {
    if (process != null) {
      process.stop();
    }
  }

  /** Ends it by SIGKILL; {@link #start()} brings it back. Idempotent. */
  public void kill() {
    if (process != null) {
      process.kill();
    }
  }

  /** Holds it still, as a cluster behind a cut line (SIGSTOP). */
  public void freeze() {
    process().signal("STOP");
  }

  /** Lets it go on (SIGCONT). */
  public void thaw() {
    process().signal("CONT");
  }

  @Override
  public void close() {
    stop();
  }
}
