package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher, beside an application laid out as the build lays it out. */
class LauncherTest {
  private static final Path SOURCE = Path.of("src/main/launcher/towline");

  @TempDir Path scratch;

  private Path launcher = Path.of("");

  private record Result(int code, String out, String err) {}

  @BeforeEach
  void layOutTheApplication() throws IOException {
    assumeThat(SOURCE).as("the hub's module as working directory").exists();
    Path home = scratch.resolve("a place with spaces");
    Path app = Files.createDirectories(home.resolve("quarkus-app/app"));
    Path lib = Files.createDirectories(home.resolve("quarkus-app/lib/main"));
    launcher = home.resolve("towline");
    Files.writeString(
        launcher, Files.readString(SOURCE).replace("@project.version@", "1.2.3-test"));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path.resolve("io/towline/hub/cli"))
          && !path.endsWith("test-classes")) {
        jar(path, app.resolve("towline-hub-1.2.3-test.jar"));
      } else if (Files.isDirectory(path.resolve("io/towline/envelope"))) {
        jar(path, lib.resolve("io.towline.towline-proto-1.2.3-test.jar"));
      } else if (entry.endsWith(".jar")) {
        Files.createSymbolicLink(lib.resolve(quarkusName(path)), path);
      }
    }
  }

  @Test
  void startsFromAnyDirectoryThroughALinkAndWithSpacesInItsPath() throws IOException {
    Path link =
        Files.createSymbolicLink(
            scratch.resolve("towline"), Path.of("a place with spaces/towline"));

    Result first = run(link, Map.of(), "version");
    Result second = run(link, Map.of(), "version");

    assertThat(first).isEqualTo(new Result(0, "towline 1.2.3-test\n", ""));
    assertThat(second).isEqualTo(first);
    try (Stream<Path> cache = Files.list(scratch.resolve("cache/towline"))) {
      assertThat(cache).singleElement().asString().endsWith(".jsa");
    }
  }

  @Test
  void asksTheHubAndHandsOverArgumentsAndExitCodes() {
    try (FakeHub hub = new FakeHub()) {
      hub.clusters.add(
          Cluster.newBuilder()
              .setName("clusters/lima")
              .setConnection(Connection.CONNECTION_ONLINE)
              .putLabels("env", "prod")
              .build());
      Map<String, String> environment =
          Map.of("TOWLINE_HUB", hub.address(), "TOWLINE_TOKEN", FakeHub.TOKEN);

      Result found = run(launcher, environment, "get", "clusters", "-l", "env in (prod, dev)");
      assertThat(found.err()).isEmpty();
      assertThat(found.code()).isZero();
      assertThat(found.out()).contains("lima", "Online").doesNotContain("\u001b");

      Result missing = run(launcher, environment, "get", "cluster", "atlantis");
      assertThat(missing.code()).isEqualTo(ExitCode.NOT_FOUND);
      assertThat(missing.out()).isEmpty();
    }
  }

  @Test
  void saysWhichJarIsMissing() throws IOException {
    try (Stream<Path> jars =
        Files.list(launcher.resolveSibling("quarkus-app/lib/main"))) {
      for (Path jar : jars.filter(jar -> jar.toString().contains("picocli")).toList()) {
        Files.delete(jar);
      }
    }

    Result result = run(launcher, Map.of(), "version");

    assertThat(result.code()).isEqualTo(ExitCode.INTERNAL);
    assertThat(result.err()).contains("info.picocli.picocli-*.jar is missing").contains("make");
  }

  @Test
  void goesWithoutACacheWhereThereIsNone() {
    Result result = run(launcher, Map.of("XDG_CACHE_HOME", "/dev/null/none"), "version");

    assertThat(result).isEqualTo(new Result(0, "towline 1.2.3-test\n", ""));
  }

  private Result run(Path program, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Path out = scratch.resolve("out");
    Path err = scratch.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(new File("/"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOWLINE_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("XDG_CACHE_HOME", scratch.resolve("cache").toString());
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      return new Result(
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** {@code .../repository/org/a/b/1/b-1.jar} as the build names it: {@code org.a.b-1.jar}. */
  private static String quarkusName(Path jar) {
    Path artifact = jar.getParent().getParent();
    List<String> group = new ArrayList<>();
    for (Path at = artifact.getParent();
        at != null && at.getFileName() != null && !at.endsWith("repository");
        at = at.getParent()) {
      group.addFirst(at.getFileName().toString());
    }
    return String.join(".", group) + "." + jar.getFileName();
  }

  private static void jar(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> files = Files.walk(classes)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
        Files.copy(each, out);
        out.closeEntry();
      }
    }
  }
}
