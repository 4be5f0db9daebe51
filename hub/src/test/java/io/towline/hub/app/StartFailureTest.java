package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.Application;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class StartFailureTest {
  private static LogRecord filtered(String logger, Throwable thrown) {
    LogRecord entry = new LogRecord(Level.SEVERE, "Failed to start application");
    entry.setLoggerName(logger);
    entry.setThrown(thrown);
    assertThat(new StartFailure().isLoggable(entry)).isTrue();
    return entry;
  }

  private static LogRecord start(Throwable cause) {
    return filtered(
        Application.class.getName(), new RuntimeException("Failed to start quarkus", cause));
  }

  @Test
  void aWrongSettingIsToldInOneLine() {
    LogRecord entry = start(new IllegalArgumentException("towline.sources.fleet.url: no host"));

    assertThat(entry.getMessage())
        .isEqualTo("The hub cannot start: towline.sources.fleet.url: no host");
    assertThat(entry.getThrown()).isNull();
  }

  @Test
  void aFileThatCannotBeUsedIsToldWithItsCause() {
    LogRecord entry =
        start(new UncheckedIOException("/data cannot be used", new NoSuchFileException("/data")));

    assertThat(entry.getMessage()).contains("/data cannot be used", "NoSuchFileException");
  }

  @Test
  void aDefectKeepsItsStackTrace() {
    NullPointerException defect = new NullPointerException("wiring");

    LogRecord entry = start(defect);

    assertThat(entry.getMessage()).isEqualTo("Failed to start application");
    assertThat(entry.getThrown()).hasRootCause(defect);
  }

  @Test
  void whatOthersLogIsLeftAlone() {
    LogRecord entry = filtered("io.towline.hub.app.HubLife", new IllegalStateException("no"));

    assertThat(entry.getThrown()).isNotNull();
  }
}
