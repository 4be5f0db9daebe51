package io.towline.agent.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.agent.apply.InventoryChange;
import io.towline.agent.apply.InventoryStore;
import io.towline.agent.enroll.LocalDisk;
import io.towline.envelope.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the log holds, an agent starts with what of it is sound, and keeps that. */
class InventoryFuzzTest {
  private static final int FRAME_HEAD = 2 * Integer.BYTES + Digest.BYTES;

  @TempDir static Path directory;

  static Stream<byte[]> logs() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("seed"));
    Files.deleteIfExists(folder.resolve("inventory.log"));
    InventoryFile file = new InventoryFile(new LocalDisk(), folder);
    file.load();
    file.write(
        List.of(
            InventoryFileTest.put("a", "1"),
            new InventoryChange.Whole("web", Digest.of(new byte[0])),
            new InventoryChange.Remove(InventoryFileTest.entry("b", "1").ref().identity()),
            new InventoryChange.Forget("web")));
    byte[] log = Files.readAllBytes(folder.resolve("inventory.log"));
    byte[] nameThatIsNoText = {4, 0, 2, (byte) 0xff, (byte) 0xff};
    return Stream.of(log, Arrays.copyOfRange(log, FRAME_HEAD, log.length), nameThatIsNoText);
  }

  /** The input as a log, and as the changes within one frame whose checksum is right. */
  @MethodSource("logs")
  @FuzzTest
  void loadsWhatIsSoundAndKeepsIt(byte[] bytes) throws IOException {
    byte[] frame =
        ByteBuffer.allocate(FRAME_HEAD + bytes.length)
            .putInt(0x54574C31)
            .putInt(bytes.length)
            .put(Digest.of(bytes).bytes())
            .put(bytes)
            .array();
    for (byte[] log : List.of(bytes, frame)) {
      Files.write(directory.resolve("inventory.log"), log);
      InventoryStore.Kept first = new InventoryFile(new LocalDisk(), directory).load();
      InventoryFile again = new InventoryFile(new LocalDisk(), directory);
      assertThat(again.load()).isEqualTo(first);
      assertThat(again.wasCut()).isFalse();
    }
  }
}
