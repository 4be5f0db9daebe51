package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import io.towline.envelope.Digest;
import io.towline.envelope.ExportLayout;
import io.towline.envelope.Limits;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;

/**
 * The directory of an export as a deliverer. It reads files of names that it makes itself, of which
 * it knows the largest size before it reads: the statement, the roots by their versions, and bodies
 * by digests that were signed. What else lies there is not looked at.
 *
 * <p>A link counts as what it leads to as long as that lies in the folder, since a volume of
 * Kubernetes is made of links ({@code ..data}); one that leads out, a pipe and a device are never
 * opened. Holds no state; safe for use by many threads.
 */
public final class ExportFolder implements Deliverer {
  /** Files whose sizes and times tell whether an export changed; one has hardly half as many. */
  static final int MAX_WATCHED = 2 * (Limits.OBJECTS + Limits.BUNDLES);

  /** Roots that are read in one go: each may have half a megabyte. */
  private static final int ROOTS_AT_ONCE = 4;

  private final Path folder;

  public ExportFolder(Path folder) {
    this.folder = folder;
  }

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /** What a look at the folder finds. */
  public sealed interface Look {
    /** There is no export, or none whose statement has come. */
    record Empty() implements Look {}

    /** Its statement cannot be read. */
    record Unreadable(String why) implements Look {}

    /**
     * There is one.
     *
     * @param dsse the statement, at most a byte longer than it may be
     * @param state differs whenever the folder does
     */
    record Found(ByteString dsse, State state) implements Look {}
  }

  /** Tells one content of the folder from another. */
  public record State(Digest statement, long others) {}

  /** Looks at the statement, and at the names, sizes and times of the other files. */
  public Look look() {
    try {
      // The others first: what changes while the statement is read is seen at the next look.
      long others = stateOf(ExportLayout.ROOTS) * 31 + stateOf(ExportLayout.OBJECTS);
      return read(ExportLayout.STATEMENT, Limits.ENVELOPE_BYTES)
          .<Look>map(
              dsse -> new Look.Found(ByteString.copyFrom(dsse), new State(Digest.of(dsse), others)))
          .orElseGet(Look.Empty::new);
    } catch (IOException e) {
      return new Look.Unreadable(problem(e));
    }
  }

  /**
   * A number that differs when a file comes, goes or changes, in whatever order they are listed.
   */
  private long stateOf(String directory) throws IOException {
    Optional<Path> inside = inside(directory);
    if (inside.isEmpty() || !Files.isDirectory(inside.get())) {
      return 0;
    }
    long state = 1;
    int files = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(inside.get())) {
      for (Path entry : entries) {
        files++;
        if (files > MAX_WATCHED) {
          break;
        }
        state += stateOf(entry);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return state;
  }

  private static long stateOf(Path entry) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Objects.hash(
          entry.getFileName(),
          attributes.size(),
          attributes.lastModifiedTime(),
          attributes.fileKey());
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** All there is: whether a root is there costs no more than looking for its file. */
  @Override
  public long newestRoot() {
    return Long.MAX_VALUE;
  }

  /**
   * {@inheritDoc} A few of them; whoever wants more asks again.
   *
   * @throws VerificationException {@code RootInvalid} if one is there and cannot be read
   */
  @Override
  public List<byte[]> roots(long afterVersion) {
    List<byte[]> roots = new ArrayList<>();
    Optional<byte[]> root = root(afterVersion + 1);
    while (root.isPresent() && roots.size() < ROOTS_AT_ONCE) {
      roots.add(root.get());
      root = root(afterVersion + 1 + roots.size());
    }
    return roots;
  }

  private Optional<byte[]> root(long version) {
    try {
      return read(ExportLayout.root(version), Limits.ROOT_BYTES);
    } catch (IOException e) {
      throw new VerificationException(Reason.ROOT_INVALID, problem(e));
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws VerificationException {@code ObjectMissing} if a body is not there, or not all of it;
   *     {@code ObjectDigestMismatch} if it is another one
   */
  @Override
  public Outcome fetch(List<Wanted> wanted, BodySink sink, BooleanSupplier superseded) {
    for (Wanted one : wanted) {
      if (superseded.getAsBoolean()) {
        return Outcome.SUPERSEDED;
      }
      if (!sink.has(one.digest())) {
        byte[] body = body(one);
        sink.drop(one);
        sink.append(one, gzip(body));
        sink.complete(one);
      }
    }
    return Outcome.COMPLETE;
  }

  private byte[] body(Wanted wanted) {
    Optional<byte[]> body;
    try {
      body = read(ExportLayout.object(wanted.digest()), wanted.size());
    } catch (IOException e) {
      throw new VerificationException(Reason.OBJECT_MISSING, problem(e));
    }
    int length = body.map(bytes -> bytes.length).orElse(0);
    if (body.isEmpty() || length < wanted.size()) {
      throw new VerificationException(
          Reason.OBJECT_MISSING,
          "of "
              + ExportLayout.OBJECTS
              + "/"
              + wanted.digest().shortHex()
              + "... the folder "
              + folder
              + " holds "
              + length
              + " of "
              + wanted.size()
              + " bytes; it is looked at again as soon as that changes");
    }
    return body.get();
  }

  /** A file's bytes, at most one more than the limit; empty if there is none. */
  private Optional<byte[]> read(String name, long limit) throws IOException {
    Optional<Path> file = inside(name);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file.get(), LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(name + " is no file");
    }
    try (InputStream in = Files.newInputStream(file.get(), LinkOption.NOFOLLOW_LINKS)) {
      return Optional.of(in.readNBytes((int) Math.min(limit + 1, Integer.MAX_VALUE)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Where a name leads, without a link in the way; empty if nowhere. */
  private Optional<Path> inside(String name) throws IOException {
    try {
      Path real = folder.resolve(name).toRealPath();
      if (!real.startsWith(folder.toRealPath())) {
        throw new IOException(name + " is a link that leads out of it");
      }
      return Optional.of(real);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private String problem(IOException e) {
    String why =
        e instanceof FileSystemException system
            ? system.getClass().getSimpleName() + " of " + system.getFile()
            : String.valueOf(e.getMessage());
    return "the folder " + folder + " cannot be read: " + why;
  }

  /** As bodies and envelopes are kept. */
  static ByteString gzip(byte[] bytes) {
    ByteString.Output out = ByteString.newOutput(Math.max(64, bytes.length / 4));
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteString();
  }
}
