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
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher, beside an application laid out as the build lays it out. */
class LauncherTest {
  private static final Path SOURCE = Path.of("src/main/launcher/towline");

  private static final String PROTO = "io.towline.towline-proto-1.2.3-test.jar";

  @TempDir static Path scratch = Path.of("");

  private static Path launcher = Path.of("");

  @BeforeAll
  static void layOutTheApplication() throws IOException {
    assumeThat(SOURCE).as("the hub's module as working directory").exists();
    String script = Files.readString(SOURCE).replace("@project.version@", "1.2.3-test");
    launcher = install(scratch.resolve("a place with spaces"), script);
    Path app = launcher.resolveSibling("quarkus-app/app");
    Path lib = launcher.resolveSibling("quarkus-app/lib/main");
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path.resolve("io/towline/hub/cli")) && !path.endsWith("test-classes")) {
        jar(path, app.resolve("towline-hub-1.2.3-test.jar"));
      } else if (Files.isDirectory(path.resolve("io/towline/envelope"))) {
        jar(path, lib.resolve(PROTO));
      } else if (path.getFileName().toString().startsWith("towline-proto-")) {
        // A build up to the packages hands over proto's jar, a build up to the tests its classes.
        Files.copy(path, lib.resolve(PROTO));
      } else if (entry.endsWith(".jar") && Files.exists(path) && isNamed(path, script)) {
        Files.copy(path, lib.resolve(quarkusName(path)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static Path install(Path home, String script) throws IOException {
    Files.createDirectories(home.resolve("quarkus-app/app"));
    Files.createDirectories(home.resolve("quarkus-app/lib/main"));
    Path program = Files.writeString(home.resolve("towline"), script);
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Only what the launcher asks for is copied. */
  private static boolean isNamed(Path jar, String script) {
    return script
        .lines()
        .filter(line -> line.startsWith("lib/main/"))
        .map(line -> line.substring("lib/main/".length(), line.indexOf('*')).split("\\[", 2)[0])
        .anyMatch(prefix -> quarkusName(jar).startsWith(prefix));
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
    Path bare = install(scratch.resolve("bare"), Files.readString(launcher));
    Files.createFile(bare.resolveSibling("quarkus-app/app/towline-hub-1.2.3-test.jar"));

    Result result = run(bare, Map.of(), "version");

    assertThat(result.code()).isEqualTo(ExitCode.INTERNAL);
    assertThat(result.err())
        .contains("lib/main/io.towline.towline-proto-*.jar is missing")
        .contains("make");
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
    List<String> names = new ArrayList<>();
    jar.forEach(name -> names.add(name.toString()));
    int repository = names.lastIndexOf("repository");
    List<String> group = names.subList(repository + 1, names.size() - 3);
    return String.join(".", group) + "." + names.getLast();
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
