package io.towline.hub.resolve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The limits of the reader leave room for what people really apply. */
class RealManifestsTest {
  private static final Yaml MANIFESTS = Yaml.ofManifests(new CoreScalars());

  @Test
  void readsEveryRealManifestThatIsAtHand() throws IOException {
    Path shared =
        Optional.ofNullable(System.getenv("TOWLINE_SHARED"))
            .map(Path::of)
            .orElse(Path.of("..", "..", "shared"));
    Path inputs = shared.resolve("inputs");
    assumeThat(inputs)
        .as("the real inputs, by TOWLINE_SHARED or beside the checkout")
        .isDirectory();

    List<Path> files;
    try (Stream<Path> all = Files.walk(inputs)) {
      files = all.filter(path -> path.toString().endsWith(".yaml")).toList();
    }
    assertThat(files)
        .isNotEmpty()
        .allSatisfy(
            file ->
                assertThat(MANIFESTS.read(Files.readAllBytes(file))).as("%s", file).isNotEmpty());
  }

  @Test
  void readsAManifestAsLargeAndDeepAsTheLargestDefinitions() {
    StringBuilder yaml = new StringBuilder("kind: CustomResourceDefinition\nspec:\n");
    for (int depth = 1; depth < Yaml.MAX_DEPTH - 1; depth++) {
      yaml.append("  ".repeat(depth)).append("level").append(depth).append(":\n");
    }
    yaml.append("  ".repeat(Yaml.MAX_DEPTH - 1)).append("leaf: x\n");
    for (int i = 0; i < 40_000; i++) {
      yaml.append("field").append(i).append(": {type: string}\n");
    }

    List<YamlDocument> documents = MANIFESTS.read(yaml.toString().getBytes(UTF_8));

    assertThat(documents).hasSize(1);
    assertThat(documents.getFirst().root().size()).isEqualTo(40_002);
    assertThat(documents.getFirst().keyAt("/field39999").line())
        .isEqualTo(2 + Yaml.MAX_DEPTH - 1 + 40_000);
  }
}
