package io.towline.images;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What images are to be made of, from the command line of {@code make images}.
 *
 * @param checkout root of a checkout in which {@code make build} has run
 * @param output directory for the images
 * @param jdk that the runtimes are cut from
 * @param kustomize the program, statically linked, for the hub
 * @param kustomizeVersion its version, for the list of contents
 * @param nativeAgent the agent as a native program, where one was built
 * @param version of Towline, the tag of the images
 * @param revision the commit
 * @param time of the commit: that of all files, so that it does not matter when they are made
 */
record Order(
    Path checkout,
    Path output,
    Path jdk,
    Path kustomize,
    String kustomizeVersion,
    Optional<Path> nativeAgent,
    String version,
    String revision,
    Instant time) {

  /**
   * Reads {@code name=value} arguments.
   *
   * @throws IllegalArgumentException if one is missing
   */
  static Order of(String... arguments) {
    Map<String, String> given =
        Arrays.stream(arguments)
            .map(argument -> argument.split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    return new Order(
        Path.of(needed(given, "checkout")),
        Path.of(needed(given, "output")),
        Path.of(System.getProperty("java.home")),
        Path.of(needed(given, "kustomize")),
        needed(given, "kustomize-version"),
        Optional.ofNullable(given.get("native-agent"))
            .filter(path -> !path.isEmpty())
            .map(Path::of),
        needed(given, "version"),
        needed(given, "revision"),
        Instant.ofEpochSecond(Long.parseLong(needed(given, "epoch"))));
  }

  private static String needed(Map<String, String> given, String name) {
    String value = given.getOrDefault(name, "");
    if (value.isEmpty()) {
      throw new IllegalArgumentException(name + "=... is missing");
    }
    return value;
  }
}
