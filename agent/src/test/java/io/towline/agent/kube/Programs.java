package io.towline.agent.kube;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the programs of a control plane: in the directory that TOWLINE_TOOLS or KUBEBUILDER_ASSETS
 * names, or in the cache that {@code make tools} fills. Tests that need them are skipped without.
 */
public final class Programs {
  private Programs() {}

  /** Whether a real API server can be started; JUnit's {@code @EnabledIf} asks. */
  public static boolean available() {
    return find("etcd").isPresent() && find("kube-apiserver").isPresent();
  }

  static Path path(String name) {
    return find(name).orElseThrow(() -> new IllegalStateException("there is no " + name));
  }

  private static Optional<Path> find(String name) {
    for (String variable : List.of("TOWLINE_TOOLS", "KUBEBUILDER_ASSETS")) {
      String directory = System.getenv(variable);
      if (directory != null) {
        Optional<Path> found = below(Path.of(directory), name);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    String home = System.getenv("XDG_CACHE_HOME");
    Path cache =
        home == null || home.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(home);
    return below(cache.resolve("towline").resolve("tools"), name);
  }

  private static Optional<Path> below(Path directory, String name) {
    if (Files.isExecutable(directory.resolve(name))) {
      return Optional.of(directory.resolve(name));
    }
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(directory)) {
      return versions
          .filter(version -> version.getFileName().toString().startsWith(name + "-v"))
          .map(version -> version.resolve(name))
          .filter(Files::isExecutable)
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
