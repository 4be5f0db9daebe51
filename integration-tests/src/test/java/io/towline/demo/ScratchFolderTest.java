package io.towline.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.towline.testkit.LocalProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScratchFolderTest {

  @TempDir private Path parent;

  @Test
  void isMadeWhereThereIsNone() {
    Path path = parent.resolve("a/b");

    try (ScratchFolder folder = ScratchFolder.take(path)) {
      assertThat(folder.path()).isEqualTo(path).isDirectory();
    }
  }

  @Test
  void isEmptiedOfAnEarlierRun() throws IOException {
    Path path = parent.resolve("run");
    ScratchFolder.take(path).close();
    Files.createDirectories(path.resolve("fleet/apps"));
    Files.writeString(path.resolve("fleet/apps/towline.yaml"), "old");
    Files.createSymbolicLink(path.resolve("link"), parent);

    try (ScratchFolder folder = ScratchFolder.take(path)) {
      assertThat(folder.path().resolve("fleet")).doesNotExist();
      assertThat(parent).exists();
      assertThat(Files.isSymbolicLink(path.resolve("link"))).isFalse();
    }
  }

  @Test
  void isNotTakenFromSomebodyElse() throws IOException {
    Path precious = parent.resolve("precious");
    Files.createDirectories(precious);
    Files.writeString(precious.resolve("thesis.txt"), "years of work");

    assertThatExceptionOfType(CannotRun.class)
        .isThrownBy(() -> ScratchFolder.take(precious))
        .withMessageContaining("not the demo's");
    assertThat(precious.resolve("thesis.txt")).hasContent("years of work");
  }

  @Test
  void isTakenByOneRunAtATime() {
    Path path = parent.resolve("run");
    try (ScratchFolder first = ScratchFolder.take(path)) {
      assertThatExceptionOfType(CannotRun.class)
          .isThrownBy(() -> ScratchFolder.take(first.path()))
          .withMessageContaining("another run uses");
    }
    ScratchFolder.take(path).close();
  }

  @Test
  void endsWhatAKilledRunLeftBehind() {
    Path path = parent.resolve("run");
    ScratchFolder.take(path).close();
    LocalProcess left =
        LocalProcess.start(
            LocalProcess.Launch.of("left", path.resolve("hub"), Path.of("/bin/sleep")).with("600"));

    ScratchFolder.take(path).close();

    assertThat(left.awaitExit(Duration.ofSeconds(10))).isNotZero();
    assertThat(path.resolve("hub")).doesNotExist();
  }
}
