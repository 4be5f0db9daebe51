package io.towline.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationTest {
  private static final Instant TIME = Instant.parse("2026-03-04T05:06:08Z");

  @TempDir Path directory;

  @Test
  void aJarOfAnotherTimeAndOrderBecomesTheSameBytes() throws IOException {
    Path first = jar("first.jar", 1_700_000_000_000L, List.of("b", "META-INF/MANIFEST.MF", "a"));
    Path second = jar("second.jar", 1_800_000_000_000L, List.of("META-INF/MANIFEST.MF", "a", "b"));

    Application.rewrite(first, directory.resolve("1.jar"), TIME);
    Application.rewrite(second, directory.resolve("2.jar"), TIME);

    assertThat(directory.resolve("2.jar")).hasSameBinaryContentAs(directory.resolve("1.jar"));
    try (ZipFile rewritten = new ZipFile(directory.resolve("1.jar").toFile())) {
      assertThat(rewritten.stream().map(ZipEntry::getName))
          .containsExactly("META-INF/MANIFEST.MF", "a", "b");
      assertThat(rewritten.getInputStream(rewritten.getEntry("b"))).hasContent("content of b");
    }
  }

  @Test
  void anApplicationThatWasNotBuiltIsNamedWithWhatToDo() {
    assertThatThrownBy(() -> new Application(directory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("make build");
  }

  private Path jar(String name, long time, List<String> entries) throws IOException {
    Path jar = directory.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (String entry : entries) {
        ZipEntry written = new ZipEntry(entry);
        written.setTime(time);
        zip.putNextEntry(written);
        zip.write(("content of " + entry).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return jar;
  }
}
