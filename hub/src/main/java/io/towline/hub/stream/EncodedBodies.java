package io.towline.hub.stream;

import io.towline.agent.v1.FetchResponse.Encoding;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestDelta;
import io.towline.hub.store.BodyStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * Bodies in the form in which they travel, the lately asked ones kept up to a number of bytes: when
 * a change goes out, a thousand agents ask for the same few. Encoding is deterministic, so that a
 * fetch can be resumed by offset. Thread-safe.
 */
final class EncodedBodies {
  /**
   * A body as it travels.
   *
   * @param base hex digest of the delta's base; empty: the whole body
   * @param bytes not copied, so nobody may change it
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared; large.
  record Encoded(Encoding encoding, String base, byte[] bytes) {}

  private record Key(String digest, String base) {}

  /** One that would take more than this part of the whole is not kept. */
  private static final int LARGEST_SHARE = 4;

  /** What an entry costs beside its bytes. */
  private static final int OVERHEAD_BYTES = 256;

  private final BodyStore bodies;
  private final long maxBytes;
  private final Map<Key, Encoded> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long keptBytes;

  EncodedBodies(BodyStore bodies, long maxBytes) {
    this.bodies = bodies;
    this.maxBytes = maxBytes;
  }

  /** The whole body; empty if it is not stored. */
  Optional<Encoded> whole(String digest) {
    Key key = new Key(digest, "");
    Optional<Encoded> known = find(key);
    if (known.isPresent()) {
      return known;
    }
    Optional<Encoded> encoded =
        bodies
            .gzip(new Digest(digest))
            .map(bytes -> new Encoded(Encoding.ENCODING_GZIP, "", bytes));
    encoded.ifPresent(body -> keep(key, body));
    return encoded;
  }

  /** A manifest as a delta against another one; empty if one of them is not stored. */
  Optional<Encoded> delta(String digest, String base) {
    Key key = new Key(digest, base);
    Optional<Encoded> known = find(key);
    if (known.isPresent()) {
      return known;
    }
    Optional<byte[]> from = bodies.bytes(new Digest(base));
    Optional<byte[]> to = bodies.bytes(new Digest(digest));
    if (from.isEmpty() || to.isEmpty()) {
      return Optional.empty();
    }
    Encoded encoded =
        new Encoded(
            Encoding.ENCODING_DELTA_GZIP, base, pack(ManifestDelta.encode(from.get(), to.get())));
    keep(key, encoded);
    return Optional.of(encoded);
  }

  private synchronized Optional<Encoded> find(Key key) {
    return Optional.ofNullable(kept.get(key));
  }

  private synchronized void keep(Key key, Encoded encoded) {
    if (encoded.bytes().length > maxBytes / LARGEST_SHARE) {
      return;
    }
    Encoded before = kept.put(key, encoded);
    keptBytes += cost(encoded) - (before == null ? 0 : cost(before));
    var oldest = kept.entrySet().iterator();
    while (keptBytes > maxBytes && oldest.hasNext()) {
      keptBytes -= cost(oldest.next().getValue());
      oldest.remove();
    }
  }

  /** What is kept now. */
  synchronized long keptBytes() {
    return keptBytes;
  }

  private static long cost(Encoded encoded) {
    return encoded.bytes().length + (long) OVERHEAD_BYTES;
  }

  private static byte[] pack(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }
}
