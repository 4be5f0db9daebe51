package io.towline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalProcessTest {

  private static final Path SHELL = Path.of("/bin/sh");
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path scratch;

  @Test
  void aProcessThatEndsBeforeItServesIsQuoted() {
    LocalProcess process = shell("echo cannot bind port 1; exit 3");

    assertThatIllegalStateException()
        .isThrownBy(() -> process.awaitReady(SOON, () -> false))
        .withMessageContaining("ended with 3")
        .withMessageContaining("cannot bind port 1");
  }

  @Test
  void aProcessThatNeverServesIsQuoted() {
    try (LocalProcess process = shell("echo still thinking; exec sleep 600")) {
      assertThatIllegalStateException()
          .isThrownBy(() -> process.awaitReady(Duration.ofSeconds(1), () -> false))
          .withMessageContaining("was not ready within 1 s")
          .withMessageContaining("still thinking");
    }
  }

  @Test
  void closingEndsAProcessThatWouldRunOn() {
    LocalProcess process = shell("exec sleep 600");
    assertThat(process.isAlive()).isTrue();

    process.close();

    assertThat(process.isAlive()).isFalse();
    assertThat(ProcessHandle.of(process.pid())).isEmpty();
  }

  @Test
  void whatWouldConfigureTowlineIsNotInherited() throws Exception {
    LocalProcess process =
        LocalProcess.start(
            LocalProcess.Launch.of("env", scratch, SHELL)
                .with("-c", "env")
                .withEnvironment("TOWLINE_SET_HERE", "yes"));
    assertThat(process.awaitExit(SOON)).isZero();

    assertThat(Files.readString(process.log()))
        .contains("TOWLINE_SET_HERE=yes")
        .contains("PATH=")
        .doesNotContain("KUBECONFIG=")
        .doesNotContain("TOWLINE_HUB=");
  }

  @Test
  void aFootprintHasMemoryAndThreads() {
    try (LocalProcess process = shell("exec sleep 600")) {
      Footprint footprint = process.footprint();

      assertThat(footprint.residentBytes()).isPositive();
      assertThat(footprint.peakBytes()).isGreaterThanOrEqualTo(footprint.residentBytes());
      assertThat(footprint.threads()).isEqualTo(1);
    }
  }

  private LocalProcess shell(String script) {
    return LocalProcess.start(LocalProcess.Launch.of("shell", scratch, SHELL).with("-c", script));
  }
}
