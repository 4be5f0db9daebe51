package io.towline.testkit;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One etcd for any number of API servers, each under a prefix of its own. It does not wait for the
 * disk: data survives the end of the process and not the loss of power. Not thread-safe.
 */
public final class Etcd implements AutoCloseable {

  private static final Duration START_WITHIN = Duration.ofMinutes(1);

  private final Path directory;
  private final int clientPort = Ports.free();
  private final int peerPort = Ports.free();
  private @Nullable LocalProcess process;

  private Etcd(Path directory) {
    this.directory = directory;
  }

  /** Starts one that keeps everything in {@code directory} and waits until it serves. */
  public static Etcd start(Path directory) {
    Etcd etcd = new Etcd(directory);
    etcd.start();
    return etcd;
  }

  /** Starts it, again if need be: same ports, same data. Idempotent. */
  public void start() {
    if (process != null && process.isAlive()) {
      return;
    }
    LocalProcess started =
        LocalProcess.start(
            LocalProcess.Launch.of("etcd", directory, Tools.path("etcd")).with(arguments()));
    process = started;
    URI health = URI.create(url() + "/health");
    started.awaitReady(START_WITHIN, () -> Probe.answersOk(health));
  }

  private List<String> arguments() {
    String peerUrl = "http://127.0.0.1:" + peerPort;
    return List.of(
        "--data-dir=" + directory.resolve("data"),
        "--listen-client-urls=" + url(),
        "--advertise-client-urls=" + url(),
        "--listen-peer-urls=" + peerUrl,
        "--initial-advertise-peer-urls=" + peerUrl,
        "--initial-cluster=default=" + peerUrl,
        "--unsafe-no-fsync",
        "--log-level=warn");
  }

  /** Where clients reach it. */
  public String url() {
    return "http://127.0.0.1:" + clientPort;
  }

  /** Ends it by SIGTERM; {@link #start()} brings it back. Idempotent. */
  public void stop() {
    if (process != null) {
      process.stop();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
