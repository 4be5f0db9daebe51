package io.towline.agent.enroll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void writesTheFormatThatItsDescriptionGives() throws Exception {
    byte[] payload = "the floor".getBytes(UTF_8);
    MessageDigest sum = MessageDigest.getInstance("SHA-256");
    sum.update("towline-state 1 trust 9".getBytes(UTF_8));
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      files.write("trust", payload);
    }

    assertThat(directory.resolve("trust"))
        .hasContent(
            "towline-state 1 trust 9\n"
                + HexFormat.of().formatHex(sum.digest(payload))
                + "\nthe floor");
  }

  @Test
  void makesAFileDurableBeforeItCountsAndTheDirectoryAfterIt() {
    RecordingDisk disk = new RecordingDisk();
    try (DurableFiles files = DurableFiles.open(disk, directory)) {
      assertThat(files.disk()).isSameAs(disk);
      disk.effects.clear();
      files.write("trust", new byte[1]);
      assertThat(disk.effects)
          .containsExactly("open trust.tmp", "force trust.tmp", "rename trust", "force directory");
      disk.effects.clear();
      files.delete("trust");
      assertThat(disk.effects).containsExactly("delete trust", "force directory");
      assertThat(files.read("trust")).isEmpty();
    }
  }

  @Test
  void removesTheFilesOfAKindButOne() {
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      for (String name : List.of("envelope-1", "envelope-2", "envelope-3", "trust")) {
        files.write(name, name.getBytes(UTF_8));
      }

      files.deleteAllBut("envelope-", "envelope-2");

      assertThat(files.read("envelope-1")).isEmpty();
      assertThat(files.read("envelope-2")).isPresent();
      assertThat(files.read("envelope-3")).isEmpty();
      assertThat(files.read("trust")).isPresent();
    }
  }

  @Test
  void keepsTheLargestPayloadAndRefusesALargerOne() throws IOException {
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      byte[] largest = new byte[DurableFiles.MAX_PAYLOAD_BYTES];
      files.write("trust", largest);
      assertThat(files.read("trust").orElseThrow()).hasSameSizeAs(largest);
      assertThatThrownBy(() -> files.write("trust", new byte[largest.length + 1]))
          .isInstanceOf(IllegalArgumentException.class);
      try (RandomAccessFile file =
          new RandomAccessFile(directory.resolve("trust").toFile(), "rw")) {
        file.setLength(largest.length + 257L);
      }
      assertThatThrownBy(() -> files.read("trust")).hasMessageContaining("is too large");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', has no whole header",
    "towline-state 1 trust 0, has no whole header",
    "'towline-state 1 trust 0\nsum', has no whole header",
    "'\n\n', is not the file that was written here",
    "'\nsum\n', is not the file that was written here",
    "'towline-state 1 trust 1\nsum\n', is not the file that was written here",
    "'towline-state 1 trust 0\nsum\n', has another checksum"
  })
  void saysWhatIsWrongWithAFile(String content, String wrong) throws IOException {
    Files.writeString(directory.resolve("trust"), content);
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      assertThatThrownBy(() -> files.read("trust")).hasMessageContaining(wrong);
    }
  }

  /** A disk that says in which order it was asked for what. */
  private static final class RecordingDisk implements Disk {
    private final Disk real = new LocalDisk();
    private final List<String> effects = new ArrayList<>();

    @Override
    public void createDirectories(Path directory) throws IOException {
      real.createDirectories(directory);
    }

    @Override
    public OutputStream open(Path file, boolean append) throws IOException {
      effects.add("open " + file.getFileName());
      return real.open(file, append);
    }

    @Override
    public void force(Path file) throws IOException {
      effects.add("force " + file.getFileName());
      real.force(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      effects.add("rename " + to.getFileName());
      real.rename(from, to);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
      effects.add("force directory");
      real.forceDirectory(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
      effects.add("delete " + file.getFileName());
      real.delete(file);
    }
  }

  private static void assertLost(DurableFiles files) {
    assertThatThrownBy(() -> files.read("trust"))
        .isInstanceOfSatisfying(
            StateException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST))
        .hasMessageContaining("trust");
  }
}
