package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentsTlsTest {
  private final InstantSource time = InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));

  @Test
  void keepsTheKeyThatJoinTokensPin(@TempDir Path directory) throws IOException {
    AgentsTls first = AgentsTls.open(directory, new SecureRandom(), time);
    AgentsTls second = AgentsTls.open(directory, new SecureRandom(), time);

    assertThat(second).isEqualTo(first);
    assertThat(first.pin()).matches("[0-9a-f]{64}");
  }

  @Test
  void theKeyIsReadableByItsOwnerAlone(@TempDir Path directory) throws IOException {
    AgentsTls tls = AgentsTls.open(directory, new SecureRandom(), time);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tls.key())))
        .isEqualTo("rw-------");
    assertThat(tls.key().getParent()).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void doesNotReplaceAKeyThatIsGone(@TempDir Path directory) throws IOException {
    AgentsTls tls = AgentsTls.open(directory, new SecureRandom(), time);
    Files.delete(tls.key());

    assertThatThrownBy(() -> AgentsTls.open(directory, new SecureRandom(), time))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("without its key");
  }
}
