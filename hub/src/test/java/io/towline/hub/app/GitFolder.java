package io.towline.hub.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;

/** A Git repository with a work tree that tests write to, on branch {@code main}. */
final class GitFolder implements AutoCloseable {
  private final Path directory;
  private final Git git;

  GitFolder(Path directory) throws GitAPIException {
    this.directory = directory;
    this.git = Git.init().setDirectory(directory.toFile()).setInitialBranch("main").call();
  }

  String url() {
    return "file://" + directory.resolve(".git");
  }

  GitFolder write(String path, String... lines) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, String.join("\n", lines) + "\n");
    return this;
  }

  GitFolder remove(String path) throws IOException {
    Files.delete(directory.resolve(path));
    return this;
  }

  /** Commits everything as it stands. */
  String commit(String message) throws GitAPIException {
    git.add().addFilepattern(".").call();
    git.add().addFilepattern(".").setUpdate(true).call();
    return git.commit()
        .setMessage(message)
        .setAuthor("someone", "someone@example.org")
        .setCommitter("someone", "someone@example.org")
        .setSign(false)
        .call()
        .getName();
  }

  @Override
  public void close() {
    git.close();
  }
}
