package io.towline.agent.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.apply.InventoryChange;
import io.towline.agent.apply.InventoryEntry;
import io.towline.agent.apply.InventoryStore;
import io.towline.agent.enroll.CrashingDisk;
import io.towline.agent.enroll.LocalDisk;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InventoryFileTest {
  @TempDir Path directory;

  @Test
  void givesBackEveryChangeInOrder() throws IOException {
    InventoryFile file = opened(directory);
    file.write(List.of(put("a", "1"), put("b", "1")));
    file.write(List.of(put("a", "2"), new InventoryChange.Whole("web", digest("m"))));
    file.write(List.of(new InventoryChange.Remove(entry("b", "1").ref().identity())));
    InventoryStore.Kept kept = new InventoryFile(new LocalDisk(), directory).load();
    assertThat(kept.entries()).containsExactly(entry("a", "2"));
    assertThat(kept.manifests()).containsEntry("web", digest("m"));
  }

  @Test
  void forgetsAManifestAndKeepsItsObjects() throws IOException {
    InventoryFile file = opened(directory);
    file.write(List.of(put("a", "1"), new InventoryChange.Whole("web", digest("m"))));
    file.write(List.of(new InventoryChange.Forget("web")));
    InventoryStore.Kept kept = new InventoryFile(new LocalDisk(), directory).load();
    assertThat(kept.manifests()).isEmpty();
    assertThat(kept.entries()).hasSize(1);
  }

  @Test
  void believesNothingOfAWriteThatWasCutAtAnyByteAndGoesOnBehindIt() throws IOException {
    InventoryFile file = opened(directory);
    file.write(List.of(put("a", "1")));
    long before = Files.size(directory.resolve("inventory.log"));
    file.write(List.of(put("b", "1")));
    byte[] whole = Files.readAllBytes(directory.resolve("inventory.log"));
    for (int cut = (int) before; cut < whole.length; cut++) {
      Files.write(directory.resolve("inventory.log"), Arrays.copyOf(whole, cut));
      InventoryFile again = new InventoryFile(new LocalDisk(), directory);
      assertThat(again.load().entries()).containsExactly(entry("a", "1"));
      again.write(List.of(put("c", "1")));
      assertThat(new InventoryFile(new LocalDisk(), directory).load().entries())
          .containsExactly(entry("a", "1"), entry("c", "1"));
    }
  }

  @Test
  void believesNothingBehindAFlippedBit() throws IOException {
    InventoryFile file = opened(directory);
    file.write(List.of(put("a", "1")));
    int before = (int) Files.size(directory.resolve("inventory.log"));
    file.write(List.of(put("b", "1")));
    byte[] whole = Files.readAllBytes(directory.resolve("inventory.log"));
    for (int at = before; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 8;
      Files.write(directory.resolve("inventory.log"), flipped);
      assertThat(new InventoryFile(new LocalDisk(), directory).load().entries())
          .containsExactly(entry("a", "1"));
    }
  }

  @Test
  void hasAllOrNothingOfAWriteAfterACrashAtEveryEffect() throws IOException {
    for (int failAt = 1; ; failAt++) {
      Path own = Files.createDirectory(directory.resolve("crash-" + failAt));
      opened(own).write(List.of(put("a", "1"), put("b", "1")));
      boolean finished = true;
      InventoryFile crashing = new InventoryFile(new CrashingDisk(failAt), own);
      crashing.load();
      try {
        crashing.write(List.of(put("a", "2"), put("b", "2")));
      } catch (IOException e) {
        finished = false;
      }
      InventoryStore.Kept kept = new InventoryFile(new LocalDisk(), own).load();
      assertThat(kept.entries())
          .isIn(
              List.of(entry("a", "1"), entry("b", "1")), List.of(entry("a", "2"), entry("b", "2")));
      if (finished) {
        assertThat(kept.entries()).contains(entry("a", "2"));
        return;
      }
    }
  }

  @Test
  void writesTheLogAnewWhenMostOfItIsHistory() throws IOException {
    InventoryFile file = opened(directory);
    List<InventoryChange> hundred = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      hundred.add(put("object-" + i, "1"));
    }
    for (int i = 0; i < 100; i++) {
      file.write(hundred);
    }
    assertThat(Files.size(directory.resolve("inventory.log"))).isLessThan(400 * 1024);
    assertThat(new InventoryFile(new LocalDisk(), directory).load().entries()).hasSize(100);
  }

  @Test
  void keepsTheWaveOfAnObject() throws IOException {
    InventoryEntry plain = entry("plain", "1");
    InventoryEntry late =
        new InventoryEntry(
            plain.ref(),
            "web",
            "",
            plain.digest(),
            Optional.empty(),
            false,
            -ManifestEntry.MAX_WAVE);
    opened(directory).write(List.of(put("other", "1"), new InventoryChange.Put(late)));

    assertThat(new InventoryFile(new LocalDisk(), directory).load().entries())
        .containsExactlyInAnyOrder(entry("other", "1"), late);
  }

  private static InventoryFile opened(Path directory) throws IOException {
    InventoryFile file = new InventoryFile(new LocalDisk(), directory);
    file.load();
    return file;
  }

  static InventoryChange put(String name, String content) {
    return new InventoryChange.Put(entry(name, content));
  }

  static InventoryEntry entry(String name, String content) {
    return new InventoryEntry(
        new ObjectRef("v1", "ConfigMap", "default", name),
        "web",
        "",
        digest(content),
        Optional.of("uid-" + name),
        true);
  }

  private static Digest digest(String content) {
    return Digest.of(content.getBytes(StandardCharsets.UTF_8));
  }
}
