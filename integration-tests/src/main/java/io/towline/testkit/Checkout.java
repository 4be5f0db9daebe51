package io.towline.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where things are in the checkout that this code was built from. */
public final class Checkout {

  /** System property that names the root of the checkout, where the working directory does not. */
  public static final String ROOT_PROPERTY = "towline.checkout";

  private Checkout() {}

  /**
   * The root: the directory named by {@value #ROOT_PROPERTY}, or the nearest one at or above the
   * working directory that holds the test bed's tools.
   */
  public static Path root() {
    String named = System.getProperty(ROOT_PROPERTY);
    if (named != null) {
      return Path.of(named).toAbsolutePath().normalize();
    }
    Path start = Path.of("").toAbsolutePath();
    for (Path dir = start; dir != null; dir = dir.getParent()) {
      if (Files.isRegularFile(dir.resolve("integration-tests/tools/prepare"))) {
        return dir;
      }
    }
    throw new IllegalStateException(
        start + " is not in a checkout of Towline; name one in -D" + ROOT_PROPERTY);
  }

  /** The hub, as {@code make build} leaves it. */
  public static Path hubJar() {
    return built("hub/target/quarkus-app/quarkus-run.jar");
  }

  /** The agent for the JVM, as {@code make build} leaves it; {@link AgentProgram} starts it. */
  static Path agentJar() {
    return built("agent/target/quarkus-app/quarkus-run.jar");
  }

  /** The options that an agent's JVM is started with. */
  static Path agentOptions() {
    return root().resolve("agent/src/main/jvm/agent.options");
  }

  /** The launcher of the command line, as {@code make build} leaves it. */
  public static Path cli() {
    return built("hub/target/towline");
  }

  /** An image, as {@code make images} leaves it. */
  public static Path image(String name) {
    return built("images/target/images/" + name + ".tar");
  }

  private static Path built(String relative) {
    Path path = root().resolve(relative);
    if (!Files.isRegularFile(path)) {
      throw new IllegalStateException(path + " is not there; run make build first");
    }
    return path;
  }
}
