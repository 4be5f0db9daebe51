package io.towline.images;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A packaged Quarkus application as layers: the libraries, which seldom change, below what is the
 * project's own. The jars that the build writes itself carry the time of the build, so they are
 * written anew: the same entries, sorted, at the time that is asked for.
 */
final class Application {
  /** Where it lies in an image. */
  static final String PLACE = "/opt/towline";

  /** What a Quarkus build makes anew, beside the libraries in {@code lib}. */
  private static final List<String> MADE = List.of("app", "quarkus");

  private static final String RUNNER = "quarkus-run.jar";

  private final Path packaged;

  /**
   * An application.
   *
   * @param packaged the folder {@code quarkus-app}
   */
  Application(Path packaged) {
    if (!Files.isRegularFile(packaged.resolve(RUNNER))) {
      throw new IllegalStateException(packaged + " is not there; run make build first");
    }
    this.packaged = packaged;
  }

  ImageFiles libraries() throws IOException {
    return new ImageFiles("libraries").tree(PLACE + "/lib", packaged.resolve("lib"));
  }

  /**
   * What is the project's own.
   *
   * @param scratch an empty directory for the jars that are written anew
   */
  ImageFiles own(Path scratch, Instant time) throws IOException {
    ImageFiles layer = new ImageFiles("application");
    for (Path file : made()) {
      Path relative = packaged.relativize(file);
      Path source = file;
      if (file.toString().endsWith(".jar")) {
        source = scratch.resolve(relative.toString());
        Files.createDirectories(source.getParent());
        rewrite(file, source, time);
      }
      layer.file(PLACE + "/" + relative, source);
    }
    return layer;
  }

  private List<Path> made() throws IOException {
    List<Path> files = new ArrayList<>(List.of(packaged.resolve(RUNNER)));
    for (String folder : MADE) {
      try (Stream<Path> inside = Files.walk(packaged.resolve(folder))) {
        inside.filter(Files::isRegularFile).forEach(files::add);
      }
    }
    return files;
  }

  /** The manifest stays first, where readers of a stream look for it. */
  static void rewrite(Path jar, Path copy, Instant time) throws IOException {
    Comparator<ZipEntry> order =
        Comparator.comparing((ZipEntry e) -> !e.getName().equals(JarFile.MANIFEST_NAME))
            .thenComparing(ZipEntry::getName);
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(copy);
        ZipOutputStream to = new ZipOutputStream(file)) {
      for (ZipEntry entry : from.stream().sorted(order).toList()) {
        if (entry.isDirectory()) {
          continue;
        }
        ZipEntry written = new ZipEntry(entry.getName());
        // Without a time zone, which would be that of the machine.
        written.setTimeLocal(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
        to.putNextEntry(written);
        from.getInputStream(entry).transferTo(to);
        to.closeEntry();
      }
    }
  }
}
