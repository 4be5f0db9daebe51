package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalDiskTest {
  @TempDir Path directory;

  @Test
  void appendsToAFileOrWritesItAnew() throws IOException {
    Path file = directory.resolve("file");
    write(file, false, "one");
    write(file, true, "two");
    assertThat(file).hasContent("onetwo");

    write(file, false, "new");
    assertThat(file).hasContent("new");
  }

  private static void write(Path file, boolean append, String text) throws IOException {
    try (OutputStream out = new LocalDisk().open(file, append)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
