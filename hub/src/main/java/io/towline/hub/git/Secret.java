package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A password that does not show itself. */
public sealed interface Secret {
  /** More is no password. */
  int MAX_BYTES = 16_384;

  /** Given in the configuration. */
  record Given(String value) implements Secret {
    @Override
    public String toString() {
      return "***";
    }
  }

  /** Kept in a file, which may change. */
  record InFile(Path file) implements Secret {}

  /**
   * What it is now, without the line break that editors leave.
   *
   * @throws GitException with reason SOURCE_UNAUTHORIZED when the file cannot be read
   */
  default String read() {
    return switch (this) {
      case Given(String value) -> value;
      case InFile(Path file) -> {
        try {
          if (Files.size(file) > MAX_BYTES) {
            throw new GitException(
                Reason.SOURCE_UNAUTHORIZED, "the password file " + file + " is too large");
          }
          yield Files.readString(file).strip();
        } catch (IOException e) {
          throw new GitException(
              Reason.SOURCE_UNAUTHORIZED, "the password file " + file + " cannot be read", e);
        }
      }
    };
  }
}
