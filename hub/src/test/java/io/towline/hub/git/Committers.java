package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * People who commit to one repository by the real git, with keys made by the real ssh-keygen and
 * gpg, in homes of their own: nothing of this machine's configuration is read. Not thread-safe.
 */
final class Committers implements AutoCloseable {
  private final Path directory;
  private final Path work;
  private final Path gnupg;
  private final Map<String, String> environment = new HashMap<>();
  private int files;

  Committers(Path directory) {
    this.directory = directory;
    this.work = directory.resolve("work");
    try {
      Files.createDirectories(work);
      // The socket of gpg's agent lies in it, whose path has to be short.
      this.gnupg = Files.createTempDirectory("g");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    environment.put("HOME", directory.toString());
    environment.put("GNUPGHOME", gnupg.toString());
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("LC_ALL", "C");
    environment.put("PATH", String.valueOf(System.getenv("PATH")));
    at(Instant.parse("2026-01-02T03:04:05Z"));
    by("Alice", "alice@fleet.example");
    git("init", "--quiet", "--initial-branch=main");
    git("config", "receive.denyCurrentBranch", "ignore");
  }

  /**
   * A key.
   *
   * @param fingerprint as the hub's configuration names it
   * @param options with which git signs by it
   */
  record CommitKey(String fingerprint, Path file, List<String> options) {}

  String url() {
    return "file://" + work.resolve(".git");
  }

  Path git() {
    return work.resolve(".git");
  }

  Path directory() {
    return directory;
  }

  /** What commits say of their time from now on. */
  Committers at(Instant time) {
    environment.put("GIT_AUTHOR_DATE", time.toString());
    environment.put("GIT_COMMITTER_DATE", time.toString());
    return this;
  }

  /** Who commits say they are of from now on. */
  Committers by(String name, String email) {
    environment.put("GIT_AUTHOR_NAME", name);
    environment.put("GIT_AUTHOR_EMAIL", email);
    environment.put("GIT_COMMITTER_NAME", name);
    environment.put("GIT_COMMITTER_EMAIL", email);
    return this;
  }

  /** A new key of OpenSSH. */
  CommitKey ssh(String name, String... type) {
    Path file = directory.resolve(name);
    List<String> command =
        new ArrayList<>(
            List.of("ssh-keygen", "-q", "-N", "", "-C", name, "-f", file.toString(), "-t"));
    command.addAll(List.of(type));
    run(command, new byte[0]);
    String listed = text(run(List.of("ssh-keygen", "-l", "-f", file.toString()), new byte[0]));
    return new CommitKey(
        listed.split(" ", -1)[1],
        file,
        List.of("-c", "gpg.format=ssh", "-c", "user.signingkey=" + file));
  }

  /**
   * A new key of GnuPG.
   *
   * @param made what its clock says, and will say whenever it signs; null: the real time
   * @param expires as gpg takes it
   */
  CommitKey gpg(String name, String algorithm, @Nullable Instant made, String expires) {
    run(
        gpg(
            made,
            "--quick-generate-key",
            name + " <" + name + "@fleet.example>",
            algorithm,
            "sign",
            expires),
        new byte[0]);
    String fingerprint =
        text(run(gpg(made, "--list-keys", "--with-colons", name + "@fleet.example"), new byte[0]))
            .lines()
            .filter(line -> line.startsWith("fpr:"))
            .findFirst()
            .orElseThrow()
            .split(":", -1)[9];
    return gpgKey(name, fingerprint, made);
  }

  /** Signs with one of GnuPG's keys by a clock of its own. */
  CommitKey gpgKey(String name, String fingerprint, @Nullable Instant clock) {
    Path program = directory.resolve("gpg-" + name);
    Path file = directory.resolve(name + ".asc");
    try {
      Files.writeString(program, "#!/bin/sh\nexec " + String.join(" ", gpg(clock)) + " \"$@\"\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    CommitKey key =
        new CommitKey(
            fingerprint,
            file,
            List.of(
                "-c",
                "gpg.format=openpgp",
                "-c",
                "gpg.program=" + program,
                "-c",
                "user.signingkey=" + fingerprint));
    export(key);
    return key;
  }

  /** Writes the public key as it is now to its file. */
  void export(CommitKey key) {
    byte[] exported = run(gpg(null, "--export", "--armor", key.fingerprint()), new byte[0]);
    try {
      Files.write(key.file(), exported);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its owner revokes it; who has exported it before does not know. */
  void revoke(CommitKey key) {
    try {
      String certificate =
          Files.readString(gnupg.resolve("openpgp-revocs.d").resolve(key.fingerprint() + ".rev"));
      // GnuPG keeps it with a colon before it, so that nobody imports it by mistake.
      run(gpg(null, "--import"), certificate.replace(":-----BEGIN", "-----BEGIN").getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    export(key);
  }

  List<String> gpg(@Nullable Instant clock, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "gpg",
                "--batch",
                "--quiet",
                "--no-tty",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                "''"));
    if (clock != null) {
      command.add("--faked-system-time");
      command.add(clock.getEpochSecond() + "!");
    }
    if (arguments.length > 0) {
      command.set(command.indexOf("''"), "");
    }
    command.addAll(List.of(arguments));
    return command;
  }

  /** Commits a new file to the branch that is checked out. */
  String commit(@Nullable CommitKey key) {
    write("file-" + files++, "content\n");
    return commitAll(key);
  }

  void write(String path, String content) {
    try {
      Path file = work.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String commitAll(@Nullable CommitKey key) {
    git("add", "--all");
    List<String> command = new ArrayList<>();
    if (key != null) {
      command.addAll(key.options());
    }
    command.addAll(List.of("commit", "--quiet", "--allow-empty", "-m", "a change"));
    command.add(key == null ? "--no-gpg-sign" : "--gpg-sign");
    git(command.toArray(String[]::new));
    return head();
  }

  /** Merges another branch with a commit of its own. */
  String merge(String branch, @Nullable CommitKey key) {
    List<String> command = new ArrayList<>();
    if (key != null) {
      command.addAll(key.options());
    }
    command.addAll(List.of("merge", "--quiet", "--no-ff", "-m", "merge"));
    command.add(key == null ? "--no-gpg-sign" : "--gpg-sign");
    command.add(branch);
    git(command.toArray(String[]::new));
    return head();
  }

  /** Makes an annotated tag; signed if there is a key. */
  void tag(String name, @Nullable CommitKey key) {
    List<String> command = new ArrayList<>();
    if (key != null) {
      command.addAll(key.options());
    }
    command.addAll(List.of("tag", key == null ? "--annotate" : "--sign", "-m", "release", name));
    git(command.toArray(String[]::new));
  }

  String head() {
    return git("rev-parse", "HEAD");
  }

  /** The bytes of a commit or a tag as Git hashes them. */
  byte[] raw(String type, String object) {
    return run(List.of("git", "cat-file", type, object), new byte[0]);
  }

  /** Puts a commit of these bytes at the end of the branch. */
  String force(byte[] raw) {
    String id =
        text(run(List.of("git", "hash-object", "-t", "commit", "-w", "--stdin"), raw)).strip();
    git("update-ref", "refs/heads/main", id);
    return id;
  }

  /** A signature of ssh-keygen over these bytes. */
  byte[] sshSign(CommitKey key, String namespace, byte[] bytes) {
    return run(
        List.of("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key.file().toString()),
        bytes);
  }

  /** A commit with one more header, which holds a signature. */
  static byte[] withSignature(byte[] commit, byte[] armored) {
    String text = new String(commit, UTF_8);
    int end = text.indexOf("\n\n") + 1;
    String header = "gpgsig " + new String(armored, UTF_8).strip().replace("\n", "\n ") + "\n";
    return (text.substring(0, end) + header + text.substring(end)).getBytes(UTF_8);
  }

  String git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(Arrays.asList(arguments));
    return text(run(command, new byte[0])).strip();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  byte[] run(List<String> command, byte[] input) {
    try {
      Path errors = Files.createTempFile(directory, "stderr", "");
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(work.toFile()).redirectError(errors.toFile());
      builder.environment().clear();
      builder.environment().putAll(new TreeMap<>(environment));
      Process process = builder.start();
      try (var in = process.getOutputStream()) {
        in.write(input);
      }
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      process.getInputStream().transferTo(output);
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + " ended with " + status + ": " + Files.readString(errors));
      }
      return output.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Ends gpg's agent, which would outlive the test, and removes its home. */
  @Override
  public void close() {
    run(List.of("gpgconf", "--kill", "all"), new byte[0]);
    try (Stream<Path> all = Files.walk(gnupg)) {
      all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
