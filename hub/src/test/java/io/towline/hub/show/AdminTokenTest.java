package io.towline.hub.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {
  @TempDir Path directory;

  @Test
  void admitsWhoHasTheTokenThatItMadeAtItsFirstStart() throws IOException {
    AdminToken.open(directory, new SecureRandom());
    String made = Files.readString(directory.resolve(AdminToken.FILE)).strip();

    AdminToken again = AdminToken.open(directory, new SecureRandom());

    assertThat(again.admits(made)).isTrue();
    assertThat(again.admits(made + "x")).isFalse();
  }

  @Test
  void admitsWhoHasTheTokenThatWasGiven() throws IOException {
    Path file = Files.writeString(directory.resolve("given"), "0123456789abcdef\n");

    AdminToken given = AdminToken.given(file);

    assertThat(given.admits("0123456789abcdef")).isTrue();
    assertThat(directory.resolve(AdminToken.FILE)).doesNotExist();
  }

  @Test
  void takesNoTokenThatCouldBeGuessed() throws IOException {
    Path file = Files.writeString(directory.resolve("given"), "0123456789abcde\n");

    assertThatThrownBy(() -> AdminToken.given(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("towline.show.admin-token-file")
        .hasMessageNotContaining("0123456789");
  }
}
