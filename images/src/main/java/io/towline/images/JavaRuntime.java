package io.towline.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A Java of named modules, cut from a JDK by {@code jlink}. It keeps the JDK's own list of
 * certificate authorities, which is the machine's where the JDK links to that.
 *
 * @param directory where it lies
 * @param version of the JDK, as {@code 25.0.3+9-LTS}
 * @param vendor who made the JDK
 */
record JavaRuntime(Path directory, String version, String vendor) {

  /** Where it lies in an image. */
  static final String PLACE = "/opt/java";

  /** The first JDK that can be cut without the files that it was made of (JEP 493). */
  private static final int OLDEST = 24;

  /**
   * Cuts one. The directory must not be there yet.
   *
   * @throws IllegalStateException if the JDK is too old or lacks a module
   */
  static JavaRuntime cut(Path jdk, Collection<String> modules, Path directory) {
    Properties release = release(jdk);
    int major = Runtime.Version.parse(release.getProperty("JAVA_VERSION")).feature();
    if (major < OLDEST) {
      throw new IllegalStateException(
          "images are made with a JDK of at least %d, and %s is a %d: set JAVA_HOME"
              .formatted(OLDEST, jdk, major));
    }
    Programs.run(
        List.of(
            jdk.resolve("bin/jlink").toString(),
            "--add-modules",
            String.join(",", modules),
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--compress=zip-6",
            "--output",
            directory.toString()));
    return new JavaRuntime(
        directory,
        release.getProperty("JAVA_RUNTIME_VERSION", release.getProperty("JAVA_VERSION")),
        release.getProperty("IMPLEMENTOR", "unknown"));
  }

  /** The file that every JDK has; its values are in quotes. */
  private static Properties release(Path jdk) {
    Properties release = new Properties();
    try (var reader = Files.newBufferedReader(jdk.resolve("release"))) {
      release.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(jdk + " is no JDK", e);
    }
    release.replaceAll((key, value) -> value.toString().replace("\"", ""));
    return release;
  }

  /** Its programs and libraries, for what they link to. */
  List<Path> binaries() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(
              file -> file.toString().endsWith(".so") || file.equals(directory.resolve("bin/java")))
          .sorted()
          .toList();
    }
  }

  /** It as a layer: the launcher alone of all programs. */
  ImageFiles layer() throws IOException {
    ImageFiles layer = new ImageFiles("java");
    for (String folder : List.of("conf", "legal", "lib")) {
      layer.tree(PLACE + "/" + folder, directory.resolve(folder));
    }
    return layer
        .file(PLACE + "/release", directory.resolve("release"))
        .program(PLACE + "/bin/java", directory.resolve("bin/java"));
  }
}
