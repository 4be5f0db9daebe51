package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The embedded database of a hub that is stopped: backed up and restored by copying, as
 * docs/recovery.md says, and changed behind the hub's back. Not thread-safe.
 */
public final class HubDatabase {
  private static final String FOLDER = "db";
  private static final String USER = "towline";

  private final Path dataDirectory;

  /** That of a data directory. */
  public HubDatabase(Path dataDirectory) {
    this.dataDirectory = dataDirectory;
  }

  /** Copies it to a folder, which must not be there yet. */
  public void backUp(Path folder) {
    copy(dataDirectory.resolve(FOLDER), folder);
  }

  /** Puts back what was copied, in place of what is there. */
  public void restore(Path folder) {
    Path own = dataDirectory.resolve(FOLDER);
    try {
      if (Files.exists(own)) {
        Folders.delete(own);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    copy(folder, own);
  }

  /** Runs one statement of SQL. */
  public void run(String sql) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            driver().toString(),
            "org.h2.tools.Shell",
            "-url",
            "jdbc:h2:"
                + dataDirectory.resolve(FOLDER).resolve("towline")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;IFEXISTS=TRUE",
            "-user",
            USER,
            "-password",
            "",
            "-sql",
            sql);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0 || said.contains("Error:")) {
        throw new IllegalStateException("the database did not do " + sql + ":\n" + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The driver that the hub itself is packaged with. */
  private static Path driver() {
    Path libraries = Checkout.hubJar().resolveSibling("lib/main");
    try (Stream<Path> all = Files.list(libraries)) {
      return all.filter(jar -> String.valueOf(jar.getFileName()).startsWith("com.h2database.h2-"))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no H2 in " + libraries));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectories(to);
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
