package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The programs that the test bed runs, found or built by {@code integration-tests/tools/prepare}.
 * Each is asked for once per JVM. Thread-safe; the first call can take minutes on a machine that
 * has never built them, and the script says so on standard error.
 */
public final class Tools {

  private static final Map<String, Path> FOUND = new ConcurrentHashMap<>();

  private Tools() {}

  /**
   * Path of the program with this name, as {@code prepare --help} lists them.
   *
   * @throws IllegalStateException if it is neither there nor can be built
   */
  public static Path path(String name) {
    return FOUND.computeIfAbsent(name, Tools::prepare);
  }

  private static Path prepare(String name) {
    Path script = Checkout.root().resolve("integration-tests/tools/prepare");
    try {
      Process process =
          new ProcessBuilder(script.toString(), name)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int status = process.waitFor();
      if (status != 0 || !output.startsWith(name + "=")) {
        throw new IllegalStateException(
            script + " " + name + " ended with " + status + "; its standard error says why");
      }
      return Path.of(output.substring(name.length() + 1));
    } catch (IOException e) {
      throw new UncheckedIOException(script + " could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while preparing " + name, e);
    }
  }
}
