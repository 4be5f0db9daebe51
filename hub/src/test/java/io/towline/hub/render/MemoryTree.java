package io.towline.hub.render;

import io.towline.envelope.Digest;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A tree of files that a test writes down. */
final class MemoryTree implements FileTree {
  private final SortedMap<String, byte[]> contents = new TreeMap<>();
  private final SortedMap<String, Entry> entries = new TreeMap<>();

  static MemoryTree of(String... pathsAndTexts) {
    MemoryTree tree = new MemoryTree();
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      tree.put(pathsAndTexts[i], pathsAndTexts[i + 1]);
    }
    return tree;
  }

  MemoryTree put(String path, String text) {
    return put(path, text.getBytes(StandardCharsets.UTF_8));
  }

  MemoryTree put(String path, byte[] bytes) {
    return put(path, Kind.FILE, bytes);
  }

  MemoryTree executable(String path, String text) {
    return put(path, Kind.EXECUTABLE, text.getBytes(StandardCharsets.UTF_8));
  }

  MemoryTree symlink(String path, String target) {
    return put(path, Kind.SYMLINK, target.getBytes(StandardCharsets.UTF_8));
  }

  MemoryTree submodule(String path) {
    return put(path, Kind.SUBMODULE, new byte[0]);
  }

  private MemoryTree put(String path, Kind kind, byte[] bytes) {
    contents.put(path, bytes);
    entries.put(path, new Entry(path, kind, Digest.of(bytes).hex(), bytes.length));
    return this;
  }

  @Override
  public List<Entry> list(String directory) {
    return entries.values().stream()
        .filter(e -> directory.isEmpty() || e.path().startsWith(directory + "/"))
        .toList();
  }

  @Override
  public Optional<Entry> entry(String path) {
    return Optional.ofNullable(entries.get(path));
  }

  @Override
  public byte[] read(Entry entry, long limit) {
    boolean file = entry.kind() == Kind.FILE || entry.kind() == Kind.EXECUTABLE;
    byte[] bytes = contents.get(entry.path());
    if (!file || bytes == null || bytes.length > limit) {
      throw new GitException(Reason.LIMIT_EXCEEDED, entry.path() + " cannot be read");
    }
    return bytes.clone();
  }
}
