package io.towline.hub.cli;

import io.towline.envelope.Digest;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A tree of one Cluster file, which lies where Cluster files have to lie. */
final class OneFile implements FileTree {
  private static final String DIRECTORY = "clusters";

  /** More bytes than these are no Cluster file. */
  private static final int MAX_BYTES = 1_000_000;

  private final byte[] bytes;
  private final Entry entry;

  OneFile(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES);
    } catch (IOException e) {
      throw new GitException(Reason.SOURCE_UNREACHABLE, "the file cannot be read", e);
    }
    entry =
        new Entry(
            DIRECTORY + "/" + file.getFileName(), Kind.FILE, Digest.of(bytes).hex(), bytes.length);
  }

  @Override
  public List<Entry> list(String directory) {
    return directory.isEmpty() || directory.equals(DIRECTORY) ? List.of(entry) : List.of();
  }

  @Override
  public Optional<Entry> entry(String path) {
    return path.equals(entry.path()) ? Optional.of(entry) : Optional.empty();
  }

  @Override
  public byte[] read(Entry wanted, long limit) {
    if (!wanted.equals(entry) || bytes.length > limit) {
      throw new GitException(Reason.LIMIT_EXCEEDED, "the file is larger than " + limit + " bytes");
    }
    return bytes.clone();
  }
}
