package io.towline.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A server of the project and how it is to be started: configuration properties, environment,
 * options of its JVM. What both the hub and the agent have in common; not thread-safe.
 */
final class JavaProgram {

  private final String name;
  private final Path directory;
  private final Map<String, String> properties = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<String> jvmOptions;

  JavaProgram(String name, Path directory, String... jvmOptions) {
    this.name = name;
    this.jvmOptions = List.of(jvmOptions);
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

  /** Starts it from a jar with the Java of this JVM. */
  LocalProcess startJar(Path jar, String... more) {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> arguments = new ArrayList<>(jvmOptions);
    arguments.addAll(definitions());
    arguments.add("-jar");
    arguments.add(jar.toString());
    arguments.addAll(List.of(more));
    return start(java, arguments);
  }

  /** Starts it from a native program, which takes the same definitions. */
  LocalProcess startBinary(Path binary) {
    return start(binary, definitions());
  }

  private LocalProcess start(Path program, List<String> arguments) {
    LocalProcess.Launch launch = LocalProcess.Launch.of(name, directory, program).with(arguments);
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      launch = launch.withEnvironment(variable.getKey(), variable.getValue());
    }
    return LocalProcess.start(launch);
  }

  private List<String> definitions() {
    return properties.entrySet().stream()
        .map(property -> "-D" + property.getKey() + "=" + property.getValue())
        .toList();
  }
}
