package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectJson;
import io.towline.fleet.v1.Cluster;
import io.towline.hub.git.GitException;
import io.towline.hub.render.RenderException;
import io.towline.hub.render.RenderedBundle;
import io.towline.hub.render.Renderer;
import io.towline.hub.resolve.BundleDeclaration;
import io.towline.hub.resolve.ClusterDeclaration;
import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.resolve.Problem;
import io.towline.hub.resolve.Resolution;
import io.towline.hub.resolve.Target;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows exactly what a cluster would get of a bundle, from the working tree. */
@Command(
    name = "render",
    description = "Show what a cluster gets of the bundle in a directory.",
    footer = {
      "",
      "  towline render apps/podinfo --cluster store-0107",
      "  towline render apps/podinfo --cluster-file clusters/store-0107.yaml"
    })
final class RenderCommand implements Callable<Integer> {
  /** Names a cluster before the hub has given it an id; a render does not depend on it. */
  private static final UUID NO_ID = new UUID(0, 0);

  private final Cli cli;

  @Parameters(paramLabel = "PATH", description = "The bundle's directory.")
  private Path path = Path.of(".");

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "A cluster that the working tree declares, or else one that the hub knows.")
  private String cluster = "";

  @Option(
      names = "--cluster-file",
      paramLabel = "FILE",
      description = "A Cluster file, so that no hub is asked.")
  private Optional<Path> clusterFile = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "yaml, json or name.")
  private Output output = Output.yaml;

  RenderCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    if (cluster.isEmpty() == clusterFile.isEmpty()) {
      throw CliException.usage(
          "A render is for one cluster", "give either --cluster NAME or --cluster-file FILE");
    }
    WorkingTree tree = WorkingTree.around(path);
    String directory = tree.name(path);
    ClusterFacts facts = clusterFile.map(this::ofFile).orElseGet(() -> named(tree));
    Resolution resolution = tree.resolve(List.of(facts));
    Target target = target(resolution, directory, facts);
    try {
      print(render(tree, target));
    } catch (RenderException e) {
      throw failed(target, e.reason(), e.problems());
    }
    return ExitCode.DONE;
  }

  private Target target(Resolution resolution, String directory, ClusterFacts facts) {
    Optional<Target> found =
        resolution.targets().stream()
            .filter(target -> target.bundle().path().equals(directory))
            .findFirst();
    if (found.isPresent()) {
      return found.get();
    }
    resolution.problems().stream()
        .filter(problem -> directory.isEmpty() || problem.file().startsWith(directory + "/"))
        .forEach(problem -> cli.terminal().say(LintCommand.line(problem)));
    Optional<BundleDeclaration> bundle =
        resolution.bundles().stream().filter(b -> b.path().equals(directory)).findFirst();
    if (bundle.isEmpty()) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          path + " is not a sound bundle",
          "",
          "a bundle is a directory with a towline.yaml",
          "towline lint " + path);
    }
    throw new CliException(
        ExitCode.NOT_FOUND,
        "Bundle " + bundle.get().name() + " is not for " + facts.name(),
        "",
        "none of its targets matches the labels " + Views.labels(facts.labels()),
        "change targets in its towline.yaml, or the cluster's labels");
  }

  private ClusterFacts named(WorkingTree tree) {
    ClusterDeclaration declared = tree.resolve(List.of()).clusters().get(cluster);
    if (declared != null) {
      return new ClusterFacts(NO_ID, declared.name(), declared.labels());
    }
    try (Hub hub = cli.openHub()) {
      Cluster known = (Cluster) hub.get(Kind.CLUSTER, cluster);
      return new ClusterFacts(NO_ID, cluster, known.getLabelsMap());
    }
  }

  private ClusterFacts ofFile(Path file) {
    try {
      Resolution alone = WorkingTree.resolve(new OneFile(file), List.of());
      alone.problems().forEach(problem -> cli.terminal().say(LintCommand.line(problem)));
      ClusterDeclaration declared =
          alone.clusters().values().stream()
              .findFirst()
              .orElseThrow(
                  () ->
                      new CliException(
                          ExitCode.NOT_FOUND,
                          file + " declares no cluster",
                          Reason.DECLARATION_INVALID,
                          "a Cluster file has kind: Cluster, a name and labels"));
      return new ClusterFacts(NO_ID, declared.name(), declared.labels());
    } catch (GitException e) {
      throw new CliException(
          ExitCode.NOT_FOUND, file + " cannot be read", e.reason(), String.valueOf(e.getMessage()));
    }
  }

  private RenderedBundle render(WorkingTree tree, Target target) {
    Path scratch = scratch();
    try {
      Renderer renderer =
          new Renderer(
              new LocalRendering(cli.terminal().environment("TOWLINE_RENDER_KUSTOMIZE", "")),
              scratch,
              Renderer.searchPath(cli.terminal().environment("PATH", "")));
      return renderer.render(tree.files(), target.input(), target.policy());
    } finally {
      delete(scratch);
    }
  }

  private CliException failed(Target target, Reason reason, List<Problem> problems) {
    problems.forEach(problem -> cli.terminal().say(LintCommand.line(problem)));
    return new CliException(
        ExitCode.PARTLY,
        "Bundle " + target.bundle().name() + " cannot be rendered",
        reason,
        problems.size() == 1 ? problems.getFirst().message() : problems.size() + " problems");
  }

  private void print(RenderedBundle rendered) {
    ObjectNode list = Printer.document("ObjectList");
    ArrayNode items = list.putArray("items");
    for (ManifestEntry entry : rendered.manifest().objects()) {
      ObjectNode object =
          ObjectJson.read(Objects.requireNonNull(rendered.objects().get(entry.digest())));
      switch (output) {
        case name -> cli.terminal().out().println(entry.ref());
        case json -> items.add(object);
        case yaml, table, wide -> cli.terminal().out().print("---\n" + YamlText.of(object));
      }
    }
    if (output == Output.json) {
      cli.printer().tree(list, output);
    }
  }

  private static Path scratch() {
    try {
      return Files.createTempDirectory("towline-render");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
