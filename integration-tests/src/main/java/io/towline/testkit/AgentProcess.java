package io.towline.testkit;

import io.towline.testkit.AgentProgram.NativeAgent;
import io.towline.vocabulary.Names;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An agent outside its cluster, with its state in one directory: the {@link AgentProgram} that is
 * tried. Configure it, start it, and start it again after a stop or a kill with the state it left.
 * Not thread-safe.
 */
public final class AgentProcess implements AutoCloseable {

  private static final Duration START_WITHIN = Duration.ofMinutes(2);

  private static @Nullable AgentProgram known;

  private final AgentProgram agent;
  private final JavaProgram program;
  private final int managementPort = Ports.free();
  private @Nullable LocalProcess process;

  private AgentProcess(AgentProgram agent, Path directory, Path kubeconfig) {
    this.agent = agent;
    program = new JavaProgram("agent", directory);
    program.environment("MALLOC_ARENA_MAX", "1");
    program.property("quarkus.management.host", "127.0.0.1");
    program.property("quarkus.management.port", Integer.toString(managementPort));
    program.environment("TOWLINE_STATE_DIR", stateDirectory().toString());
    program.environment("TOWLINE_NAMESPACE", Names.DEFAULT_AGENT_NAMESPACE);
    program.environment("KUBECONFIG", kubeconfig.toString());
  }

  /** An agent that keeps its state below a directory and reaches its cluster by a kubeconfig. */
  public static AgentProcess in(Path directory, Path kubeconfig) {
    return of(underTest(directory), directory, kubeconfig);
  }

  /** The same with a program that the caller chose. */
  static AgentProcess of(AgentProgram agent, Path directory, Path kubeconfig) {
    return new AgentProcess(agent, directory, kubeconfig);
  }

  /** A program that somebody named is asked once, before the first journey, whether it is whole. */
  private static synchronized AgentProgram underTest(Path scratch) {
    AgentProgram whole = known;
    if (whole == null) {
      whole = AgentProgram.named(System.getenv());
      if (whole instanceof NativeAgent named) {
        named.requireWhole(scratch);
      }
      known = whole;
    }
    return whole;
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
      process = program.start(agent.command(program.definitions()));
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
    return program.start(agent.command(program.definitions(), "check"));
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
