package io.towline.agent.verify;

import com.google.protobuf.ByteString;
import io.towline.agent.enroll.Disk;
import io.towline.agent.enroll.StateException;
import io.towline.agent.stream.BodySink;
import io.towline.agent.stream.Wanted;
import io.towline.envelope.BodySource;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestDelta;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * Manifests and objects by digest, compressed as they were received. A body is unpacked through a
 * digest whenever it is read, so that the file system is not trusted either: what is damaged is
 * dropped, and fetched anew.
 *
 * <p>A body is complete under {@code bodies/HEX.gz} and on its way under {@code bodies/HEX.part}.
 * Bodies become durable all together, by {@link #makeDurable()}, before the envelope that names
 * them is believed. One thread writes; any thread reads.
 */
public final class BodyStore implements BodySink, BodySource {
  private static final String DIRECTORY = "bodies";
  private static final String COMPLETE = ".gz";
  private static final String PARTIAL = ".part";
  private static final int BUFFER_BYTES = 8 * 1024;

  private final Disk disk;
  private final Path directory;
  private final Runnable onDamage;
  private final Set<Path> notDurable = ConcurrentHashMap.newKeySet();

  /**
   * @param root the agent's state directory
   * @param onDamage called when a body was found damaged and dropped; must return soon
   * @throws StateException if the directory cannot be made
   */
  public BodyStore(Disk disk, Path root, Runnable onDamage) {
    this.disk = disk;
    this.directory = root.resolve(DIRECTORY);
    this.onDamage = onDamage;
    try {
      disk.createDirectories(directory);
    } catch (IOException e) {
      throw notStored("the directory of bodies", e);
    }
  }

  @Override
  public boolean has(Digest digest) {
    return Files.exists(complete(digest));
  }

  @Override
  public long partialBytes(Wanted wanted) {
    try {
      return Files.size(partial(wanted.digest()));
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw notStored("a body on its way", e);
    }
  }

  @Override
  public void append(Wanted wanted, ByteString data) {
    try (OutputStream out = disk.open(partial(wanted.digest()), true)) {
      data.writeTo(out);
    } catch (IOException e) {
      throw notStored("a body on its way", e);
    }
  }

  @Override
  public void drop(Wanted wanted) {
    delete(partial(wanted.digest()));
  }

  @Override
  public void complete(Wanted wanted) {
    Path partial = partial(wanted.digest());
    boolean right;
    try (InputStream in = Files.newInputStream(partial)) {
      right = matches(in, wanted.digest(), wanted.size());
    } catch (IOException e) {
      throw notStored("a body on its way", e);
    }
    if (!right) {
      delete(partial);
      throw refuse();
    }
    keep(partial, wanted.digest());
  }

  @Override
  public void completeDelta(Wanted wanted, Digest base, byte[] deltaGzip) {
    byte[] baseBytes = body(base, Integer.MAX_VALUE).orElseThrow(BodyStore::refuse);
    byte[] delta;
    try {
      delta = unzip(deltaGzip, wanted.maxEncodedSize());
    } catch (IOException e) {
      throw refuse();
    }
    byte[] target = ManifestDelta.apply(baseBytes, delta);
    if (target.length != wanted.size() || !Digest.of(target).equals(wanted.digest())) {
      throw refuse();
    }
    Path partial = partial(wanted.digest());
    try (OutputStream out = new GZIPOutputStream(disk.open(partial, false), BUFFER_BYTES)) {
      out.write(target);
    } catch (IOException e) {
      throw notStored("a body", e);
    }
    keep(partial, wanted.digest());
  }

  private void keep(Path partial, Digest digest) {
    Path complete = complete(digest);
    try {
      disk.rename(partial, complete);
    } catch (IOException e) {
      throw notStored("a body", e);
    }
    notDurable.add(complete);
  }

  /** Whether the stream is the gzip form of exactly that body. */
  private static boolean matches(InputStream gzip, Digest digest, long size) throws IOException {
    MessageDigest hash = Digest.hasher();
    byte[] buffer = new byte[BUFFER_BYTES];
    long total = 0;
    try (InputStream in = new DigestInputStream(new GZIPInputStream(gzip, BUFFER_BYTES), hash)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        total += read;
        if (total > size) {
          return false;
        }
      }
    } catch (EOFException | ZipException e) {
      return false;
    }
    return total == size && Digest.ofHash(hash.digest()).equals(digest);
  }

  /**
   * Reads a body; one that is damaged is dropped, and counts as absent.
   *
   * @throws StateException if the disk fails
   */
  @Override
  public Optional<byte[]> body(Digest digest, long size) {
    Path file = complete(digest);
    byte[] gzip;
    try {
      gzip = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw notStored("a body", e);
    }
    try {
      byte[] bytes = unzip(gzip, size);
      if (Digest.of(bytes).equals(digest)) {
        return Optional.of(bytes);
      }
    } catch (IOException e) {
      // Damaged as well: dropped below.
    }
    delete(file);
    onDamage.run();
    return Optional.empty();
  }

  /**
   * The signed bytes of an object of the held envelope, for whoever applies it.
   *
   * @throws IOException if it is not here, or was damaged and is being fetched anew
   */
  public byte[] read(Digest digest) throws IOException {
    try {
      return body(digest, Integer.MAX_VALUE)
          .orElseThrow(() -> new NoSuchFileException("no body " + digest.shortHex()));
    } catch (StateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** At most the limit and one byte more, which is enough to see that it is too long. */
  private static byte[] unzip(byte[] gzip, long limit) throws IOException {
    int most = (int) Math.min(Integer.MAX_VALUE - 16L, limit + 1);
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip), BUFFER_BYTES)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(Math.max(512, gzip.length * 2));
      byte[] buffer = new byte[BUFFER_BYTES];
      int left = most;
      for (int read = in.read(buffer, 0, Math.min(left, BUFFER_BYTES));
          read > 0;
          read = in.read(buffer, 0, Math.min(left, BUFFER_BYTES))) {
        out.write(buffer, 0, read);
        left -= read;
      }
      return out.toByteArray();
    }
  }

  /**
   * Returns once every body that was completed survives a loss of power.
   *
   * @throws StateException if that cannot be said; nothing may then be believed on their strength
   */
  public void makeDurable() {
    if (notDurable.isEmpty()) {
      return;
    }
    try {
      for (Path file : notDurable) {
        if (Files.exists(file)) {
          disk.force(file);
        }
      }
      disk.forceDirectory(directory);
    } catch (IOException e) {
      throw notStored("the bodies", e);
    }
    notDurable.clear();
  }

  /**
   * Removes every body that is not needed any more, and what is left of broken fetches.
   *
   * @return how many files went
   */
  public int retain(Set<Digest> needed) {
    Set<String> keep = new LinkedHashSet<>();
    for (Digest digest : needed) {
      keep.add(digest.hex() + COMPLETE);
      keep.add(digest.hex() + PARTIAL);
    }
    List<Path> gone = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path file : all) {
        Path name = file.getFileName();
        if (name == null || !keep.contains(name.toString())) {
          gone.add(file);
        }
      }
    } catch (IOException e) {
      throw notStored("the directory of bodies", e);
    }
    gone.forEach(this::delete);
    return gone.size();
  }

  private void delete(Path file) {
    notDurable.remove(file);
    try {
      disk.delete(file);
    } catch (IOException e) {
      throw notStored("a body that is needed no more", e);
    }
  }

  private Path complete(Digest digest) {
    return directory.resolve(digest.hex() + COMPLETE);
  }

  private Path partial(Digest digest) {
    return directory.resolve(digest.hex() + PARTIAL);
  }

  private static VerificationException refuse() {
    return new VerificationException(
        Reason.OBJECT_DIGEST_MISMATCH, "a body that came is not the one that was signed");
  }

  private StateException notStored(String what, IOException e) {
    return new StateException(
        Reason.STATE_NOT_STORED, what + " below " + directory + " cannot be used", e);
  }
}
