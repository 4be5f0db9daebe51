package io.towline.images;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Makes the images of {@code make images}, each with a list of contents, and says what it made. */
public final class Images {
  private static final String REGISTRY = "ghcr.io/towline/";
  private static final String SOURCE = "https://github.com/towline/towline";
  private static final String LOCALE = "/usr/lib/locale/C.utf8/LC_CTYPE";

  /** What the hub confines kustomize with, as far as its platform allows; see ADR 0005. */
  private static final List<String> CONFINING = List.of("setsid", "prlimit", "unshare", "kill");

  private static final List<String> JAVA_COMMAND =
      List.of(
          JavaRuntime.PLACE + "/bin/java",
          "@" + Application.PLACE + "/java.options",
          "-jar",
          Application.PLACE + "/quarkus-run.jar");

  private static final String NATIVE_AGENT = Application.PLACE + "/towline-agent";

  private static final int AGENTS_PORT = 8443;
  private static final int PEOPLE_PORT = 8080;
  private static final int MANAGEMENT_PORT = 9000;

  private final Order order;
  private final Path scratch;
  private final Tarball tarball;
  private final PrintStream out;

  private Images(Order order, Path scratch, PrintStream out) {
    this.order = order;
    this.scratch = scratch;
    this.tarball = new Tarball(order.output().resolve("cache"), order.time());
    this.out = out;
  }

  /** Makes them; see {@link Order} for the arguments. */
  public static void main(String[] arguments) throws IOException {
    Order order = Order.of(arguments);
    Files.createDirectories(order.output());
    Path scratch = order.output().resolve("scratch");
    delete(scratch);
    new Images(order, Files.createDirectories(scratch), System.out).make();
    delete(scratch);
  }

  /** Of this run or of one that was broken off. */
  private static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void make() throws IOException {
    hub();
    agent();
    if (order.nativeAgent().isPresent()) {
      nativeAgent(order.nativeAgent().get());
    } else {
      out.println("skipped: towline-agent-native, because GRAALVM_HOME is not set");
    }
  }

  private void hub() throws IOException {
    JavaRuntime java = JavaRuntime.cut(order.jdk(), Modules.ofHub(), scratch.resolve("hub-java"));
    DebianFiles debian = new DebianFiles().linkedBy(java.binaries()).file(Path.of(LOCALE));
    CONFINING.forEach(name -> debian.program(Path.of("/usr/bin", name)));
    ImageFiles system = system(debian).program("/usr/local/bin/kustomize", order.kustomize());
    Recipe recipe =
        Recipe.of(
                REGISTRY + "hub:" + order.version(), javaLayers("hub", java, system), JAVA_COMMAND)
            // File names in repositories are UTF-8, and a JVM asks the locale for that.
            .withEnvironment(Map.of("PATH", "/usr/local/bin:/usr/bin", "LANG", "C.UTF-8"))
            .withPorts(PEOPLE_PORT, AGENTS_PORT, MANAGEMENT_PORT)
            .withLabels(
                Map.of(
                    "org.opencontainers.image.title",
                    "Towline hub",
                    "org.opencontainers.image.description",
                    "Turns Git commits into signed envelopes, one for each cluster."));
    Sbom sbom =
        new Sbom()
            .java(java)
            .goProgram("sigs.k8s.io/kustomize/kustomize/v5", order.kustomizeVersion());
    write("towline-hub", recipe, debian, sbom, "hub");
  }

  private void agent() throws IOException {
    JavaRuntime java =
        JavaRuntime.cut(order.jdk(), Modules.ofAgent(), scratch.resolve("agent-java"));
    DebianFiles debian = new DebianFiles().linkedBy(java.binaries());
    Recipe recipe =
        Recipe.of(
                REGISTRY + "agent:" + order.version(),
                javaLayers("agent", java, system(debian)),
                JAVA_COMMAND)
            // One arena of the C library: each further one keeps pages that nobody uses.
            .withEnvironment(Map.of("MALLOC_ARENA_MAX", "1"))
            .withPorts(MANAGEMENT_PORT)
            .withLabels(agentLabels("on a JVM"));
    write("towline-agent-jvm", recipe, debian, new Sbom().java(java), "agent");
  }

  private void nativeAgent(Path program) throws IOException {
    DebianFiles debian = new DebianFiles().linkedBy(List.of(program));
    ImageFiles layer = new ImageFiles("application").program(NATIVE_AGENT, program);
    Recipe recipe =
        Recipe.of(
                REGISTRY + "agent:" + order.version() + "-native",
                List.of(system(debian), layer),
                List.of(NATIVE_AGENT))
            .withPorts(MANAGEMENT_PORT)
            .withLabels(agentLabels("as a native program"));
    write("towline-agent-native", recipe, debian, new Sbom(), "agent");
  }

  private static Map<String, String> agentLabels(String flavour) {
    return Map.of(
        "org.opencontainers.image.title",
        "Towline agent " + flavour,
        "org.opencontainers.image.description",
        "Keeps a cluster as its fleet's Git repository declares it.");
  }

  /** From what changes seldom to what changes with every commit. */
  private List<ImageFiles> javaLayers(String module, JavaRuntime java, ImageFiles system)
      throws IOException {
    Application application =
        new Application(order.checkout().resolve(module + "/target/quarkus-app"));
    Path options = order.checkout().resolve("%1$s/src/main/jvm/%1$s.options".formatted(module));
    return List.of(
        system,
        java.layer(),
        application.libraries(),
        application
            .own(scratch.resolve(module), order.time())
            .file(Application.PLACE + "/java.options", options));
  }

  private ImageFiles system(DebianFiles debian) throws IOException {
    Path empty = Files.createDirectories(scratch.resolve("empty"));
    return new ImageFiles("system")
        .tree("/etc", order.checkout().resolve("images/src/main/image/etc"))
        .programs(debian.byPlace())
        .ownDirectory("/tmp", empty)
        .ownDirectory("/var/lib/towline", empty);
  }

  private void write(String name, Recipe recipe, DebianFiles debian, Sbom sbom, String module)
      throws IOException {
    var packages = debian.packages();
    Recipe labelled =
        recipe.withLabels(
            Map.of(
                "org.opencontainers.image.source", SOURCE,
                "org.opencontainers.image.licenses", "Apache-2.0",
                "org.opencontainers.image.version", order.version(),
                "org.opencontainers.image.revision", order.revision(),
                "org.opencontainers.image.created", order.time().toString(),
                "io.towline.image.debian", packages.toString()));
    Tarball.Written written = tarball.write(labelled, order.output().resolve(name + ".tar"));
    sbom.debian(packages)
        .write(
            order.checkout().resolve(module + "/target/bom.json"),
            order.output().resolve(name + ".cdx.json"));
    out.printf(
        "%-24s %6.1f MB  %s  %s%n",
        recipe.reference().substring(REGISTRY.length()),
        Files.size(written.file()) / 1e6,
        written.digest(),
        written.file());
  }
}
