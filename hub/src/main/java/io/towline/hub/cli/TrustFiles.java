package io.towline.hub.cli;

import io.towline.envelope.Limits;
import io.towline.envelope.SigningKey;
import io.towline.envelope.VerificationException;
import io.towline.hub.sign.OfflineKey;
import io.towline.hub.sign.PublicKeyFile;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.SignException;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;

/** The files of those who hold keys: read and written here, and nowhere sent. */
final class TrustFiles {
  /** The passphrase of a sealed key, for scripts; people are asked for it. */
  static final String PASSPHRASE = "TOWLINE_KEY_PASSPHRASE";

  private final Terminal terminal;

  TrustFiles(Terminal terminal) {
    this.terminal = terminal;
  }

  /** A root, signed or not. */
  RootDraft root(Path file) {
    try {
      return RootDraft.read(bytes(file, Limits.ROOT_BYTES));
    } catch (VerificationException e) {
      throw CliException.notVerified(file + " is not a root", e);
    }
  }

  /** A private key; its passphrase is taken from the environment, or asked for. */
  OfflineKey key(Path file) {
    if (!Files.isRegularFile(file)) {
      throw notThere(file);
    }
    try {
      return OfflineKey.read(file, () -> passphrase("passphrase of " + file + ": "));
    } catch (SignException e) {
      throw unusable(e);
    }
  }

  /** Makes a private key. */
  OfflineKey newKey(Path file, SecureRandom random, Optional<char[]> passphrase) {
    try {
      return OfflineKey.generate(file, random, passphrase);
    } catch (SignException e) {
      throw unusable(e);
    }
  }

  /** The public half of what lies there: a public key, or a private one. */
  SigningKey publicKey(Path file) {
    if (!Files.isRegularFile(file)) {
      throw notThere(file);
    }
    try {
      return isPrivate(file) ? key(file).key() : PublicKeyFile.read(file);
    } catch (SignException e) {
      throw unusable(e);
    } catch (VerificationException e) {
      throw CliException.notVerified(file + " is a key that nobody may trust", e);
    }
  }

  private static boolean isPrivate(Path file) {
    String head = new String(bytes(file, 4_096), StandardCharsets.ISO_8859_1);
    return head.contains("PRIVATE KEY-----");
  }

  /** Writes a file; one that exists is replaced only if it is meant to be. */
  void write(Path file, byte[] bytes, boolean replace) {
    if (!replace && Files.exists(file)) {
      throw new CliException(
          ExitCode.PRECONDITION, file + " exists", "", "", "name another file, or remove it");
    }
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.PRECONDITION, file + " cannot be written", "", e.getClass().getSimpleName(), "");
    }
  }

  /** A file's bytes; of a larger one a byte more than the limit, so that it is refused. */
  static byte[] bytes(Path file, int limit) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(limit + 1);
    } catch (IOException e) {
      throw notThere(file);
    }
  }

  /** Asks for a passphrase that is not shown, unless the environment has it. */
  char[] passphrase(String prompt) {
    String given = terminal.environment(PASSPHRASE, "");
    if (!given.isEmpty()) {
      return given.toCharArray();
    }
    char[] read =
        console().map(console -> console.readPassword("%s", prompt)).orElseGet(() -> new char[0]);
    if (read.length == 0) {
      throw CliException.usage(
          "There is no passphrase", "set " + PASSPHRASE + ", or run it on a terminal");
    }
    return read;
  }

  /** Whether a person says yes. Where nobody is there nobody does. */
  boolean confirmed(String question) {
    return console()
        .map(console -> console.readLine("%s [y/N] ", question))
        .map(answer -> answer.strip().equalsIgnoreCase("y"))
        .orElseThrow(
            () ->
                CliException.usage(
                    "Nobody is there to confirm", "run it on a terminal, or give --yes"));
  }

  @SuppressWarnings("SystemConsoleNull") // Java 21 gives none where there is no terminal.
  private static Optional<Console> console() {
    return Optional.ofNullable(System.console());
  }

  private static CliException notThere(Path file) {
    return new CliException(ExitCode.NOT_FOUND, file + " cannot be read", "", "", "");
  }

  private static CliException unusable(SignException e) {
    return new CliException(
        ExitCode.PRECONDITION, "The key cannot be used", "", String.valueOf(e.getMessage()), "");
  }
}
