package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Somebody whose signature on a commit counts.
 *
 * @param name in the hub's configuration
 * @param notBefore commits that the hub sees first before it are refused
 * @param notAfter commits that the hub sees first at or after it are refused
 */
public record Signer(
    String name, Key key, Optional<Instant> notBefore, Optional<Instant> notAfter) {
  /** Public keys of one signer are no larger than this, with every certification. */
  static final int MAX_KEY_BYTES = 1 << 20;

  /** What is known of the key beforehand. */
  public sealed interface Key {
    /** In full, in the form of its kind. */
    String fingerprint();
  }

  /**
   * A key of OpenSSH, which signatures carry along.
   *
   * @param fingerprint {@code SHA256:} and 43 characters
   */
  public record Ssh(String fingerprint) implements Key {}

  /**
   * A key of OpenPGP.
   *
   * @param fingerprint of the primary key, as 40 or 64 upper-case hexadecimal digits
   * @param material where its public part is
   */
  public record OpenPgp(String fingerprint, Material material) implements Key {}

  /** An armored public key. */
  public sealed interface Material {
    /** In the configuration itself. */
    record Given(String armored) implements Material {}

    /** In a file, which is read again whenever there is a new commit to verify. */
    record InFile(Path file) implements Material {}

    /**
     * The key as it is now.
     *
     * @throws GitException with KEY_NOT_TRUSTED when the file cannot be read or is too large
     */
    default byte[] read() {
      return switch (this) {
        case Given(String armored) -> armored.getBytes(StandardCharsets.UTF_8);
        case InFile(Path file) -> {
          try {
            if (Files.size(file) > MAX_KEY_BYTES) {
              throw new GitException(
                  Reason.KEY_NOT_TRUSTED,
                  "the key file " + file + " has more than " + MAX_KEY_BYTES + " bytes");
            }
            yield Files.readAllBytes(file);
          } catch (IOException e) {
            throw new GitException(
                Reason.KEY_NOT_TRUSTED, "the key file " + file + " cannot be read", e);
          }
        }
      };
    }
  }

  CommitSigner signature() {
    return new CommitSigner(name, key.fingerprint());
  }

  /**
   * Refuses a key outside of its window.
   *
   * @param firstSeen when the hub first saw what it signed
   */
  void requireWithin(Instant firstSeen) {
    if (notBefore.isPresent() && firstSeen.isBefore(notBefore.get())) {
      throw new GitException(
          Reason.KEY_NOT_TRUSTED,
          "is signed by " + signature().text() + ", whose key counts only from " + notBefore.get());
    }
    if (notAfter.isPresent() && !firstSeen.isBefore(notAfter.get())) {
      throw new GitException(
          Reason.KEY_NOT_TRUSTED,
          "is signed by "
              + signature().text()
              + ", whose key counted only until "
              + notAfter.get());
    }
  }
}
