package io.towline.hub.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.Policy;
import io.towline.hub.git.DirectoryTree;
import io.towline.hub.git.Revision;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each folder below {@code journeys} is a case: {@code in/clusters.json} (name to labels), one
 * folder of files for each source below {@code in/sources}, of which the first by name may declare
 * clusters, and {@code out/resolution.json}. Adding a case is adding a folder; the answer of a new
 * one is printed when it is missing.
 */
class JourneyTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static Stream<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(journeys())) {
      return folders.map(path -> path.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void resolvesAsTheCaseSays(String name) throws IOException {
    Path folder = journeys().resolve(name);
    List<SourceSnapshot> sources = sources(folder.resolve("in/sources"));
    List<ClusterFacts> clusters = clusters(folder.resolve("in/clusters.json"));

    Resolution resolution = new Resolver(new DeclarationSchema()).resolve(sources, clusters);

    Path answer = folder.resolve("out/resolution.json");
    JsonNode expected =
        Files.exists(answer) ? JSON.readTree(Files.readString(answer)) : JSON.nullNode();
    assertThat(JSON.writeValueAsString(describe(resolution)))
        .as("case %s", name)
        .isEqualTo(JSON.writeValueAsString(expected));
  }

  private static Path journeys() {
    try {
      return Path.of(Objects.requireNonNull(JourneyTest.class.getResource("/journeys")).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static List<SourceSnapshot> sources(Path folder) throws IOException {
    List<SourceSnapshot> snapshots = new ArrayList<>();
    try (Stream<Path> sources = Files.list(folder)) {
      for (Path source : sources.sorted(Comparator.reverseOrder()).toList()) {
        Revision revision =
            new Revision(
                source.getFileName().toString(),
                "https://git.example/" + source.getFileName(),
                "refs/heads/main",
                "0".repeat(40),
                Instant.EPOCH,
                Optional.empty());
        snapshots.add(new SourceSnapshot(revision, new DirectoryTree(source), false));
      }
    }
    SourceSnapshot first = snapshots.removeLast();
    snapshots.add(new SourceSnapshot(first.revision(), first.files(), true));
    return snapshots;
  }

  private static List<ClusterFacts> clusters(Path file) throws IOException {
    List<ClusterFacts> clusters = new ArrayList<>();
    JSON.readTree(Files.readString(file))
        .properties()
        .forEach(
            cluster ->
                clusters.add(
                    new ClusterFacts(
                        UUID.nameUUIDFromBytes(cluster.getKey().getBytes(StandardCharsets.UTF_8)),
                        cluster.getKey(),
                        JSON.convertValue(
                            cluster.getValue(),
                            new com.fasterxml.jackson.core.type.TypeReference<
                                Map<String, String>>() {}))));
    return clusters;
  }

  private static ObjectNode describe(Resolution resolution) {
    ObjectNode json = JSON.createObjectNode();
    ArrayNode targets = json.putArray("targets");
    for (Target target : resolution.targets()) {
      targets.add(
          target.bundle().name()
              + "@"
              + target.cluster().name()
              + " by "
              + target.matchedTarget()
              + ": "
              + form(target.input())
              + target.input().namespace().map(n -> " in " + n).orElse("")
              + policy(target.policy())
              + after(target.policy().dependsOn()));
    }
    ArrayNode problems = json.putArray("problems");
    resolution
        .problemsBySource()
        .forEach(
            (source, list) ->
                list.forEach(
                    problem ->
                        problems.add(
                            source
                                + " "
                                + problem.place()
                                + " ["
                                + problem.bundle()
                                + "] "
                                + problem.field()
                                + " "
                                + problem.reason().word()
                                + ": "
                                + problem.message())));
    Holds holds = resolution.holds();
    ArrayNode held = json.putArray("held");
    holds.sources().stream().sorted().forEach(source -> held.add("source " + source));
    holds.bundles().stream().sorted().forEach(bundle -> held.add("bundle " + bundle));
    holds.places().stream()
        .map(place -> "place " + place.source() + ":" + place.directory())
        .sorted()
        .forEach(held::add);
    holds.clusters().stream().sorted().forEach(cluster -> held.add("cluster " + cluster));
    return json;
  }

  private static String after(List<String> bundles) {
    return bundles.isEmpty() ? "" : " after " + bundles;
  }

  private static String policy(Policy policy) {
    Policy defaults = Policy.defaults();
    return policy.equals(
            new Policy(
                defaults.apply(),
                policy.dependsOn(),
                defaults.drift(),
                defaults.health(),
                defaults.prune()))
        ? ""
        : " (drift %s, prune %s, conflicts %s%s, healthy in %s)"
            .formatted(
                policy.drift().mode(),
                policy.prune().enabled(),
                policy.apply().conflicts(),
                policy.apply().serviceAccount().isEmpty()
                    ? ""
                    : " as " + policy.apply().serviceAccount(),
                policy.health().timeout());
  }

  private static String form(RenderInput input) {
    String nested = input.nested().isEmpty() ? "" : " without " + input.nested();
    return switch (input.form()) {
      case RenderInput.Plain(List<String> globs) ->
          "plain " + input.directory() + (globs.isEmpty() ? "" : " " + globs) + nested;
      case RenderInput.Kustomize(String path) -> "kustomize " + path + nested;
    };
  }
}
