package io.towline.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarballTest {
  private static final Instant TIME = Instant.parse("2026-03-04T05:06:07Z");

  @TempDir Path directory;

  @Test
  void theSameContentGivesTheSameBytesWhenEverItIsMade() throws IOException {
    Path first = write("one", recipe(folder("a", Instant.EPOCH), List.of("A", "B", "C")));
    Path second = write("two", recipe(folder("b", TIME), List.of("C", "B", "A")));

    assertThat(second).hasSameBinaryContentAs(first);
  }

  @Test
  void filesBelongToNobodyWhoCouldChangeThemAndHaveTheTimeThatWasAskedFor() throws IOException {
    Path tar = write("image", recipe(folder("a", Instant.now()), List.of("A")));

    SortedMap<String, TarArchiveEntry> files = entriesOfOnlyLayer(tar);
    assertThat(files).containsOnlyKeys("app/", "app/data", "app/run", "home/");
    assertThat(files.values().stream().map(file -> Integer.toOctalString(file.getMode() & 0777)))
        .containsExactly("755", "644", "755", "755");
    assertThat(files.values().stream().map(TarArchiveEntry::getLongUserId))
        .containsExactly(0L, 0L, 0L, 65532L);
    assertThat(files.tailMap("app/data").values())
        .allSatisfy(file -> assertThat(file.getModTime().toInstant()).isEqualTo(TIME));
  }

  @Test
  void anImageWithoutAProgramToStartIsRefused() {
    assertThatThrownBy(() -> Recipe.of("example.test/x:1", List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a program to start");
  }

  private Path write(String name, Recipe recipe) throws IOException {
    return new Tarball(directory.resolve("cache-" + name), TIME)
        .write(recipe, directory.resolve(name + ".tar"))
        .file();
  }

  private Recipe recipe(Path folder, List<String> words) throws IOException {
    Map<String, String> labels = new LinkedHashMap<>();
    words.forEach(word -> labels.put("label." + word, word));
    ImageFiles files =
        new ImageFiles("files")
            .tree("/app", folder)
            .ownDirectory("/home", Files.createDirectories(directory.resolve("empty")));
    return Recipe.of("example.test/x:1", List.of(files), List.of("/app/run"))
        .withEnvironment(labels)
        .withLabels(labels)
        .withPorts(9000);
  }

  private Path folder(String name, Instant time) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(name));
    Path data = Files.writeString(folder.resolve("data"), "data");
    Path program = Files.writeString(folder.resolve("run"), "program");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Files.setLastModifiedTime(data, FileTime.from(time));
    Files.setLastModifiedTime(program, FileTime.from(time));
    return folder;
  }

  private static SortedMap<String, TarArchiveEntry> entriesOfOnlyLayer(Path tar)
      throws IOException {
    SortedMap<String, TarArchiveEntry> found = new TreeMap<>();
    try (TarArchiveInputStream image = new TarArchiveInputStream(Files.newInputStream(tar))) {
      for (TarArchiveEntry part = image.getNextEntry(); part != null; part = image.getNextEntry()) {
        if (part.getName().endsWith(".tar.gz")) {
          InputStream layer = new GZIPInputStream(new BufferedInputStream(image));
          TarArchiveInputStream files = new TarArchiveInputStream(layer);
          for (TarArchiveEntry f = files.getNextEntry(); f != null; f = files.getNextEntry()) {
            found.put(f.getName(), f);
          }
          return found;
        }
      }
    }
    return found;
  }
}
