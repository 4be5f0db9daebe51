package io.towline.testkit;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A server of the project and how it is configured: properties and environment. What both the hub
 * and the agent have in common; not thread-safe.
 */
final class JavaProgram {

  private final String name;
  private final Path directory;
  private final Map<String, String> properties = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();

  JavaProgram(String name, Path directory) {
    this.name = name;
    this.directory = directory.toAbsolutePath().normalize();
  }

  Path directory() {
    return directory;
  }

  void property(String key, String value) {
    properties.put(key, value);
  }

  void environment(String variable, String value) {
    environment.put(variable, value);
  }

  /** The configuration as arguments, which a JVM and a native program both take. */
  List<String> definitions() {
    return properties.entrySet().stream()
        .map(property -> "-D" + property.getKey() + "=" + property.getValue())
        .toList();
  }

  /** Starts it by a command that holds its {@link #definitions}. */
  LocalProcess start(List<String> command) {
    LocalProcess.Launch launch =
        LocalProcess.Launch.of(name, directory, Path.of(command.getFirst()))
            .with(command.subList(1, command.size()));
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      launch = launch.withEnvironment(variable.getKey(), variable.getValue());
    }
    return LocalProcess.start(launch);
  }

  /** The command that starts a jar with the Java of this JVM. */
  static List<String> jarCommand(
      Path jar, List<String> jvmOptions, List<String> definitions, String... arguments) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Stream.of(
            List.of(java),
            jvmOptions,
            definitions,
            List.of("-jar", jar.toString()),
            List.of(arguments))
        .flatMap(List::stream)
        .toList();
  }
}
