package io.towline.hub.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.git.DirectoryTree;
import io.towline.hub.git.Revision;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The fleet that people are shown first must be sound, and do something. */
class ExampleFleetTest {
  private static final Path EXAMPLE = Path.of("..", "examples", "fleet");

  @Test
  void theExampleFleetIsSoundAndReachesItsClusters() {
    SourceSnapshot snapshot =
        new SourceSnapshot(
            new Revision(
                "fleet",
                "https://git.example/fleet",
                "refs/heads/main",
                "0".repeat(40),
                Instant.EPOCH,
                Optional.empty()),
            new DirectoryTree(EXAMPLE),
            true);
    Resolver resolver = new Resolver(new DeclarationSchema());
    List<ClusterFacts> registered =
        resolver.read(snapshot).clusters().stream()
            .flatMap(cluster -> cluster.name().stream())
            .map(name -> new ClusterFacts(new UUID(0, name.hashCode()), name, Map.of()))
            .toList();

    Resolution resolution = resolver.resolve(List.of(snapshot), registered);

    assertThat(resolution.problems()).isEmpty();
    assertThat(registered).isNotEmpty();
    assertThat(resolution.targets())
        .extracting(target -> target.cluster().name())
        .containsAll(registered.stream().map(ClusterFacts::name).toList());
  }
}
