package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path scratch;

  @Test
  void isMadeForItsUserAloneWithAllThatLeadsToIt() throws Exception {
    Path path = scratch.resolve("var/lib/towline");

    try (DataDirectory taken = DataDirectory.take(path)) {
      assertThat(taken.path()).isEqualTo(path);
      assertThat(permissions(path)).isEqualTo("rwx------");
      assertThat(permissions(path.resolve("hub.lock"))).isEqualTo("rw-------");
    }
  }

  @Test
  void belongsToOneHubAtATime() {
    Path path = scratch.resolve("data");

    try (DataDirectory taken = DataDirectory.take(path)) {
      assertThatThrownBy(() -> DataDirectory.take(taken.path()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("TOWLINE_DATA_DIR", path.toString(), "another hub");
    }
    DataDirectory.take(path).close();
  }

  @Test
  void isTakenOverFromAHubThatWasKilled() throws Exception {
    Path path = scratch.resolve("data");
    DataDirectory.take(path).close();
    Files.writeString(path.resolve("hub.lock"), "left behind");

    DataDirectory.take(path).close();

    assertThat(path.resolve("hub.lock")).exists();
  }

  @Test
  void isNotTakenWhileOthersCanEnterIt() throws Exception {
    Path path = Files.createDirectory(scratch.resolve("data"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-x--x"));

    assertThatThrownBy(() -> DataDirectory.take(path))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("TOWLINE_DATA_DIR", "rwxr-x--x", "chmod 700");
    assertThat(path).isEmptyDirectory();
  }

  @Test
  void mayBeReadByItsGroup() throws Exception {
    Path path = Files.createDirectory(scratch.resolve("data"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-x---"));

    DataDirectory.take(path).close();

    assertThat(permissions(path)).isEqualTo("rwxr-x---");
  }

  @Test
  void isNamedByAnAbsolutePath() {
    assertThatThrownBy(() -> DataDirectory.take(Path.of("data")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("TOWLINE_DATA_DIR", "data", "absolute");
  }

  @Test
  void saysWhichPropertyNamesAFileInsteadOfADirectory() throws Exception {
    Path file = Files.createFile(scratch.resolve("file"));

    assertThatThrownBy(() -> DataDirectory.take(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("TOWLINE_DATA_DIR", file.toString());
  }

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
