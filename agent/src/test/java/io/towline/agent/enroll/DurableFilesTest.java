package io.towline.agent.enroll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
  @TempDir Path directory;

  @Test
  void givesBackWhatWasWrittenAlsoAfterAReopen() {
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory.resolve("state"))) {
      files.write("trust", "one".getBytes(UTF_8));
      files.write("trust", "two".getBytes(UTF_8));
    }
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory.resolve("state"))) {
      assertThat(files.read("trust")).contains("two".getBytes(UTF_8));
      assertThat(files.read("identity")).isEmpty();
    }
  }

  @Test
  void keepsFilesFromOthersEyes() throws IOException {
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory.resolve("state"))) {
      files.write("identity", "secret".getBytes(UTF_8));
    }
    assertThat(Files.getPosixFilePermissions(directory.resolve("state/identity")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Files.getPosixFilePermissions(directory.resolve("state")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void findsTheOldFileOrTheNewOneAfterACrashAtEveryEffect() throws IOException {
    for (int failAt = 2; ; failAt++) {
      Path state = directory.resolve("crash-" + failAt);
      try (DurableFiles files = DurableFiles.open(new LocalDisk(), state)) {
        files.write("trust", "old".repeat(100).getBytes(UTF_8));
      }
      CrashingDisk disk = new CrashingDisk(failAt);
      boolean finished = true;
      try (DurableFiles files = DurableFiles.open(disk, state)) {
        files.write("trust", "new".repeat(100).getBytes(UTF_8));
      } catch (StateException e) {
        assertThat(e.reason()).isEqualTo(Reason.STATE_NOT_STORED);
        finished = false;
      }
      try (DurableFiles files = DurableFiles.open(new LocalDisk(), state)) {
        String found = new String(files.read("trust").orElseThrow(), UTF_8);
        assertThat(found).isIn("old".repeat(100), "new".repeat(100));
        if (finished) {
          assertThat(found).isEqualTo("new".repeat(100));
          assertThat(disk.effects()).isGreaterThan(5);
          return;
        }
      }
    }
  }

  @Test
  void namesAFileWithAnyBitFlippedOrAnyTailCut() throws IOException {
    Path state = directory.resolve("state");
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), state)) {
      files.write("trust", "the floor".getBytes(UTF_8));
      byte[] good = Files.readAllBytes(state.resolve("trust"));
      for (int i = 0; i < good.length; i++) {
        byte[] flipped = good.clone();
        flipped[i] ^= (byte) (1 << (i % 8));
        Files.write(state.resolve("trust"), flipped);
        assertLost(files);
        byte[] cut = new byte[i];
        System.arraycopy(good, 0, cut, 0, i);
        Files.write(state.resolve("trust"), cut);
        assertLost(files);
      }
    }
  }

  @Test
  void refusesAFileOfAnotherNameAndOfANewerFormat() throws IOException {
    Path state = directory.resolve("state");
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), state)) {
      files.write("identity", "me".getBytes(UTF_8));
      Files.copy(state.resolve("identity"), state.resolve("trust"));
      assertLost(files);
      Files.writeString(state.resolve("trust"), "towline-state 2 trust 0\nx\n");
      assertThatThrownBy(() -> files.read("trust"))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("format that this version does not know");
    }
  }

  @Test
  void letsOneProcessOwnTheDirectory() {
    try (DurableFiles owner = DurableFiles.open(new LocalDisk(), directory)) {
      assertThat(owner.root()).isEqualTo(directory);
      assertThatThrownBy(() -> DurableFiles.open(new LocalDisk(), directory))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("another process");
    }
  }

  private static void assertLost(DurableFiles files) {
    assertThatThrownBy(() -> files.read("trust"))
        .isInstanceOfSatisfying(
            StateException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST))
        .hasMessageContaining("trust");
  }
}
