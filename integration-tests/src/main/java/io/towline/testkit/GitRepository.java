package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A repository with a work tree in a folder, made and changed by the real git program, free of the
 * user's own git configuration. Not thread-safe.
 */
public final class GitRepository {

  /** The branch that commits go to. */
  public static final String BRANCH = "main";

  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "GIT_CONFIG_GLOBAL", "/dev/null",
          "GIT_CONFIG_NOSYSTEM", "1",
          "GIT_TERMINAL_PROMPT", "0");

  private final Path directory;

  private GitRepository(Path directory) {
    this.directory = directory;
  }

  /** Makes an empty repository in a folder, which may hold files already. */
  public static GitRepository create(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    GitRepository repository = new GitRepository(directory.toAbsolutePath().normalize());
    repository.git("init", "--quiet", "--initial-branch=" + BRANCH);
    repository.git("config", "user.name", "Fleet Owner");
    repository.git("config", "user.email", "owner@fleet.example");
    // A server of this repository lets clients fetch what was rewritten away, as hosted ones do.
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
    return repository;
  }

  /** The folder of the work tree. */
  public Path directory() {
    return directory;
  }

  /** Its address for programs on this machine. */
  public String fileUrl() {
    return directory.toUri().toString();
  }

  /** Writes a file of the work tree; nothing is committed. */
  public GitRepository write(String path, String content) {
    Path file = directory.resolve(path);
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The content of a file of the work tree. */
  public String read(String path) {
    try {
      return Files.readString(directory.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a file or a folder from the work tree; nothing is committed. */
  public GitRepository remove(String path) {
    git("rm", "-r", "--quiet", "--force", "--ignore-unmatch", "--", path);
    return this;
  }

  /** Copies a folder's content into the work tree; nothing is committed. */
  public GitRepository copyFrom(Path tree) {
    try {
      Files.walkFileTree(
          tree,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Path copy = directory.resolve(tree.relativize(file).toString());
              Files.createDirectories(copy.getParent());
              Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
              return FileVisitResult.CONTINUE;
            }
          });
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Commits the whole work tree, even if nothing changed, and returns the commit's id. */
  public String commit(String message) {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", message);
    return head();
  }

  /** Makes the last commit never have been: the work tree replaces it under a new id. */
  public String rewriteLast(String message) {
    git("add", "--all");
    git("commit", "--quiet", "--amend", "--allow-empty", "--message", message);
    return head();
  }

  /** Moves the branch and the work tree to another commit, forgetting what came after it. */
  public void resetTo(String commit) {
    git("reset", "--quiet", "--hard", commit);
  }

  /** The id of the commit that the branch is at. */
  public String head() {
    return git("rev-parse", "HEAD").strip();
  }

  /**
   * Runs git in the repository and returns its standard output.
   *
   * @throws IllegalStateException with what it said, if it fails
   */
  public String git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    return run(directory, command);
  }

  /** Runs a command in a folder, free of the user's git configuration. */
  static String run(Path directory, List<String> command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
      builder.environment().keySet().removeIf(variable -> variable.startsWith("GIT_"));
      builder.environment().putAll(ENVIRONMENT);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            String.join(" ", command)
                + " in "
                + directory
                + " ended with "
                + status
                + ":\n"
                + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException("git could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running git", e);
    }
  }
}
