package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The files of a working directory, as a person edits them. Knows nothing of what Git ignores;
 * {@code .git} itself is left out. What is neither file nor link, as a pipe, is no entry.
 */
public final class DirectoryTree implements FileTree {
  /** More files than these are not a fleet repository. */
  static final int MAX_ENTRIES = 100_000;

  private static final String GIT = ".git";

  private final Path root;

  /**
   * @param root an existing directory; may itself be a link
   * @throws GitException when it is none
   */
  public DirectoryTree(Path root) {
    try {
      this.root = root.toRealPath();
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the directory " + root + " cannot be read", e);
    }
    if (!Files.isDirectory(this.root)) {
      throw new GitException(Reason.SOURCE_UNREACHABLE, root + " is not a directory");
    }
  }

  @Override
  public List<Entry> list(String directory) {
    if (!directory.isEmpty() && !TreePath.isPlain(directory)) {
      return List.of();
    }
    Path start = root.resolve(directory);
    if (passesALink(start) || !Files.isDirectory(start, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    List<Entry> entries = new ArrayList<>();
    try {
      Files.walkFileTree(
          start,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              return isGit(path) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
                throws IOException {
              if (!isGit(path)) {
                describe(path, attributes).ifPresent(entries::add);
              }
              if (entries.size() > MAX_ENTRIES) {
                throw new GitException(
                    Reason.LIMIT_EXCEEDED,
                    "the directory holds more than " + MAX_ENTRIES + " files");
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the directory " + start + " cannot be read", e);
    }
    entries.sort(Comparator.comparing(Entry::path));
    return List.copyOf(entries);
  }

  @Override
  public Optional<Entry> entry(String path) {
    if (!TreePath.isPlain(path)) {
      return Optional.empty();
    }
    Path file = root.resolve(path);
    Path parent = file.getParent();
    if (parent == null || passesALink(parent) || isGit(file)) {
      return Optional.empty();
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      return describe(
          file, Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      throw new GitException(Reason.SOURCE_UNREACHABLE, "the file " + path + " cannot be read", e);
    }
  }

  @Override
  public byte[] read(Entry entry, long limit) {
    if (entry.kind() != Kind.FILE && entry.kind() != Kind.EXECUTABLE) {
      throw new GitException(
          Reason.LIMIT_EXCEEDED, entry.path() + " is a link, and links are not followed");
    }
    Path file = root.resolve(entry.path());
    if (!TreePath.isPlain(entry.path()) || passesALink(file)) {
      throw new GitException(
          Reason.LIMIT_EXCEEDED,
          entry.path() + " leads through a link, and links are not followed");
    }
    try (InputStream in =
        Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      int most = (int) Math.min(limit, Integer.MAX_VALUE - 9L);
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new GitException(
            Reason.LIMIT_EXCEEDED, entry.path() + " is larger than " + limit + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the file " + entry.path() + " cannot be read", e);
    }
  }

  private boolean isGit(Path path) {
    return !path.equals(root) && path.endsWith(GIT);
  }

  /** Whether a path below the root is, or leads through, a link. */
  private boolean passesALink(Path path) {
    for (Path at = path; at != null && !at.equals(root); at = at.getParent()) {
      if (Files.isSymbolicLink(at)) {
        return true;
      }
    }
    return false;
  }

  private Optional<Entry> describe(Path path, BasicFileAttributes attributes) throws IOException {
    String name =
        root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
    if (attributes.isSymbolicLink()) {
      byte[] target = Files.readSymbolicLink(path).toString().getBytes(StandardCharsets.UTF_8);
      MessageDigest digest = sha256();
      return Optional.of(
          new Entry(
              name, Kind.SYMLINK, HexFormat.of().formatHex(digest.digest(target)), target.length));
    }
    if (!attributes.isRegularFile()) {
      return Optional.empty();
    }
    return Optional.of(
        new Entry(
            name,
            Files.isExecutable(path) ? Kind.EXECUTABLE : Kind.FILE,
            contentDigest(path),
            attributes.size()));
  }

  private static String contentDigest(Path path) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
      byte[] buffer = new byte[64 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
