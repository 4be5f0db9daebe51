package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towline.hub.git.DirectoryTree;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.Revision;
import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.resolve.DeclarationSchema;
import io.towline.hub.resolve.RenderInput;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.resolve.SourceSnapshot;
import io.towline.hub.resolve.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Carries the journeys of {@code resolve} one step on: where a case has {@code out/objects}, there
 * is one file for each target, {@code bundle@cluster.txt}, with its objects one a line (wave,
 * identity, JSON), or with the problems of a render that is refused. {@code
 * -Dtowline.goldens=write} writes them, to be read by a person before they are committed.
 */
class RenderedJourneyTest {
  private static final Path JOURNEYS = Path.of("src/test/resources/journeys");
  private static final boolean WRITE = "write".equals(System.getProperty("towline.goldens"));
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path temporary = Path.of("");

  static List<Path> cases() throws IOException {
    try (Stream<Path> folders = Files.list(JOURNEYS)) {
      return folders
          .filter(folder -> Files.isDirectory(folder.resolve("out/objects")))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesEveryTargetItsObjects(Path folder) throws IOException {
    Map<String, FileTree> trees = trees(folder.resolve("in/sources"));
    List<Target> targets = targets(folder, trees);
    Optional<Path> kustomize = Programs.find("kustomize");
    assumeTrue(
        kustomize.isPresent()
            || targets.stream().noneMatch(t -> t.input().form() instanceof RenderInput.Kustomize),
        "no kustomize on PATH or in the tools cache: integration-tests/tools/prepare kustomize");
    Renderer renderer =
        RenderBench.renderer(
            temporary.resolve("scratch"),
            kustomize.map(k -> Map.of("towline.render.kustomize", k.toString())).orElse(Map.of()));

    SortedMap<String, String> rendered = new TreeMap<>();
    for (Target target : targets) {
      FileTree tree = Objects.requireNonNull(trees.get(target.bundle().source()));
      rendered.put(
          target.bundle().name() + "@" + target.cluster().name() + ".txt",
          describe(renderer, tree, target));
    }

    Path answers = folder.resolve("out/objects");
    if (WRITE) {
      for (Map.Entry<String, String> answer : rendered.entrySet()) {
        Files.writeString(answers.resolve(answer.getKey()), answer.getValue());
      }
    }
    assertThat(rendered).isEqualTo(answers(answers));
  }

  private static String describe(Renderer renderer, FileTree tree, Target target) {
    try {
      RenderedBundle bundle = renderer.render(tree, target.input(), target.policy());
      return bundle.manifest().objects().stream()
          .map(
              entry ->
                  entry.wave()
                      + " "
                      + entry.ref().identity()
                      + " "
                      + RenderBench.json(bundle, entry)
                      + "\n")
          .collect(Collectors.joining());
    } catch (RenderException e) {
      return e.problems().stream()
          .map(p -> p.place() + " " + p.reason().word() + ": " + p.message() + "\n")
          .collect(Collectors.joining());
    }
  }

  private static SortedMap<String, String> answers(Path folder) throws IOException {
    SortedMap<String, String> answers = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        answers.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return answers;
  }

  private static List<Target> targets(Path folder, Map<String, FileTree> trees) throws IOException {
    List<SourceSnapshot> sources = new ArrayList<>();
    String first = trees.keySet().stream().min(Comparator.naturalOrder()).orElseThrow();
    trees.forEach(
        (name, tree) ->
            sources.add(
                new SourceSnapshot(
                    new Revision(
                        name,
                        "https://git.example/" + name,
                        "refs/heads/main",
                        "0".repeat(40),
                        Instant.EPOCH,
                        Optional.empty()),
                    tree,
                    name.equals(first))));
    return new Resolver(new DeclarationSchema())
        .resolve(sources, clusters(folder.resolve("in/clusters.json")))
        .targets();
  }

  private static Map<String, FileTree> trees(Path folder) throws IOException {
    Map<String, FileTree> trees = new HashMap<>();
    try (Stream<Path> sources = Files.list(folder)) {
      sources.forEach(s -> trees.put(s.getFileName().toString(), new DirectoryTree(s)));
    }
    return trees;
  }

  private static List<ClusterFacts> clusters(Path file) throws IOException {
    Map<String, Map<String, String>> written =
        JSON.readValue(Files.readString(file), new TypeReference<>() {});
    List<ClusterFacts> clusters = new ArrayList<>();
    written.forEach(
        (name, labels) ->
            clusters.add(
                new ClusterFacts(
                    UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)), name, labels)));
    return clusters;
  }
}
