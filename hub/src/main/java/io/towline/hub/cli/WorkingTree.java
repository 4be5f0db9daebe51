package io.towline.hub.cli;

import io.towline.hub.git.DirectoryTree;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.hub.git.Revision;
import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.resolve.DeclarationSchema;
import io.towline.hub.resolve.Resolution;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.resolve.SourceSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A person's working tree, read as the hub reads a commit of a source. */
final class WorkingTree {
  private static final String SOURCE = "working-tree";

  private final Path root;
  private final FileTree files;

  private WorkingTree(Path root, FileTree files) {
    this.root = root;
    this.files = files;
  }

  /** The tree that a path lies in: from the repository's root, or from the path where is none. */
  static WorkingTree around(Path path) {
    Path real;
    try {
      real = path.toRealPath();
    } catch (IOException e) {
      throw new CliException(ExitCode.NOT_FOUND, path + " does not exist", "", "", "");
    }
    Path start =
        Files.isDirectory(real) ? real : Optional.ofNullable(real.getParent()).orElse(real);
    Path root = start;
    for (Path at = start; at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
        root = at;
        break;
      }
    }
    try {
      return new WorkingTree(root, new DirectoryTree(root));
    } catch (GitException e) {
      throw unreadable(e);
    }
  }

  FileTree files() {
    return files;
  }

  Path root() {
    return root;
  }

  /** A path as the tree names it: from the root, with slashes, the root itself empty. */
  String name(Path path) {
    try {
      return root.relativize(path.toRealPath()).toString().replace('\\', '/');
    } catch (IOException e) {
      throw new CliException(ExitCode.NOT_FOUND, path + " does not exist", "", "", "");
    }
  }

  /** What the tree declares for these clusters. */
  Resolution resolve(List<ClusterFacts> clusters) {
    try {
      return resolve(files, clusters);
    } catch (GitException e) {
      throw unreadable(e);
    }
  }

  static Resolution resolve(FileTree files, List<ClusterFacts> clusters) {
    Revision revision =
        new Revision(SOURCE, "", "", "0".repeat(40), Instant.EPOCH, Optional.empty());
    return new Resolver(new DeclarationSchema())
        .resolve(List.of(new SourceSnapshot(revision, files, true)), clusters);
  }

  private static CliException unreadable(GitException e) {
    return new CliException(
        ExitCode.NOT_FOUND,
        "The working tree cannot be read",
        e.reason(),
        String.valueOf(e.getMessage()));
  }
}
