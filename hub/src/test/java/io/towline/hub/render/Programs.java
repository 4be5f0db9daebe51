package io.towline.hub.render;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds real programs: on PATH, or where the test bed keeps those that it builds. */
final class Programs {
  private Programs() {}

  static Optional<Path> find(String name) {
    return newestInCache(name).or(() -> Confinement.find(searchPath(), name));
  }

  static List<Path> searchPath() {
    return Renderer.searchPath(Objects.requireNonNullElse(System.getenv("PATH"), ""));
  }

  /** The folder of real inputs, if the machine has one. */
  static Optional<Path> sharedInputs() {
    String named = System.getenv("TOWLINE_SHARED");
    Path folder =
        named == null ? Path.of("../../shared").toAbsolutePath().normalize() : Path.of(named);
    return Optional.of(folder.resolve("inputs")).filter(Files::isDirectory);
  }

  private static Optional<Path> newestInCache(String name) {
    String home = System.getenv("XDG_CACHE_HOME");
    Path cache =
        home == null || home.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(home);
    Path tools = cache.resolve("towline/tools");
    if (!Files.isDirectory(tools)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(tools)) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith(name + "-v"))
          .map(folder -> folder.resolve(name))
          .filter(Files::isExecutable)
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
