package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A hub on the embedded database, built by {@code make build}, with all of its data in one
 * directory. Configure it, start it, and start it again after a stop or a kill: the data and the
 * ports stay. Not thread-safe.
 */
public final class HubProcess implements AutoCloseable {

  private static final Duration START_WITHIN = Duration.ofMinutes(2);
  private static final List<String> JVM_OPTIONS = List.of("-XX:+UseSerialGC", "-Xmx512m");

  private final JavaProgram program;
  private final int httpPort = Ports.free();
  private final int agentsPort = Ports.free();
  private final int managementPort = Ports.free();
  private @Nullable LocalProcess process;

  private HubProcess(Path directory) {
    program = new JavaProgram("hub", directory);
    program.property("quarkus.http.host", "127.0.0.1");
    program.property("quarkus.http.port", Integer.toString(httpPort));
    program.property("quarkus.management.host", "127.0.0.1");
    program.property("quarkus.management.port", Integer.toString(managementPort));
    program.property("towline.agents.port", Integer.toString(agentsPort));
    program.property("towline.agents.advertised-address", "127.0.0.1:" + agentsPort);
    // Repositories of the test bed are folders and servers on loopback.
    program.property("towline.git.allow-insecure", "true");
    program.environment("TOWLINE_DATA_DIR", dataDirectory().toString());
    program.property("towline.render.kustomize", Tools.path("kustomize").toString());
  }

  /** A hub that will keep everything in a directory; nothing runs yet. */
  public static HubProcess in(Path directory) {
    return new HubProcess(directory);
  }

  /** Adds a source, from the next start on. */
  public HubProcess withSource(String name, String url) {
    String source = "towline.sources." + name;
    program.property(source + ".url", url);
    program.property(source + ".branch", GitRepository.BRANCH);
    return with(source + ".interval", "PT1S");
  }

  /** Sets a configuration property, from the next start on. */
  public HubProcess with(String property, String value) {
    program.property(property, value);
    return this;
  }

  /** Sets a variable of its environment, from the next start on. */
  public HubProcess withEnvironment(String variable, String value) {
    program.environment(variable, value);
    return this;
  }

  /** Starts it, again if need be, and waits until it is ready. Idempotent. */
  public HubProcess start() {
    if (process == null || !process.isAlive()) {
      LocalProcess started =
          program.start(
              JavaProgram.jarCommand(Checkout.hubJar(), JVM_OPTIONS, program.definitions()));
      process = started;
      URI ready = managementUrl().resolve("/readyz");
      started.awaitReady(START_WITHIN, () -> Probe.answersOk(ready));
    }
    return this;
  }

  /** Where people and programs reach it. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + httpPort);
  }

  /** Where its probes and metrics are. */
  public URI managementUrl() {
    return URI.create("http://127.0.0.1:" + managementPort);
  }

  /** Host and port that agents connect to. */
  public String agentsAddress() {
    return "127.0.0.1:" + agentsPort;
  }

  /** Where it keeps everything. */
  public Path dataDirectory() {
    return program.directory().resolve("data");
  }

  /** The token of the administrator that it made at its first start. */
  public String adminToken() {
    try {
      return Files.readString(dataDirectory().resolve("admin-token")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("the hub has not written its admin token", e);
    }
  }

  /** The command line, talking to this hub as its administrator. */
  public TowlineCli cli() {
    return new TowlineCli(url(), adminToken(), program.directory().resolve("cli"));
  }

  /** The command line for what needs no hub and no token. */
  public TowlineCli offlineCli() {
    return new TowlineCli(url(), "", program.directory().resolve("cli"));
  }

  /** The running process. */
  public LocalProcess process() {
    if (process == null) {
      throw new IllegalStateException("the hub has not been started");
    }
    return process;
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

  @Override
  public void close() {
    stop();
  }
}
