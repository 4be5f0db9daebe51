package io.towline.hub.store;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Manifests and objects by digest, each stored once: gzip, then sealed under the {@link BodyKey}.
 * Writing is idempotent. Thread-safe.
 */
public final class BodyStore {
  /** The longest body that is unpacked, in bytes: the limit of one manifest or object. */
  public static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

  /** Rows whose last touch is younger than this need not be touched again. */
  static final Duration TOUCH_AFTER = Duration.ofMinutes(15);

  private static final String MANIFEST = "manifest";
  private static final String OBJECT = "object";
  private static final int BATCH = 500;

  private final Database database;
  private final BodyKey key;
  private final InstantSource clock;

  public BodyStore(Database database, BodyKey key, InstantSource clock) {
    this.database = database;
    this.key = key;
    this.clock = clock;
  }

  /**
   * Stores a manifest with all of its objects in one transaction, and notes that this input renders
   * to it. Idempotent.
   *
   * @param input the memo key of the render
   * @param tools the programs that rendered it, as the statement names them
   * @param objects must hold the bytes of every object that the manifest names
   * @throws IllegalArgumentException if an object is missing
   */
  public void putRender(
      Digest input, BundleManifest manifest, Map<Digest, byte[]> objects, List<String> tools) {
    for (ManifestEntry entry : manifest.objects()) {
      if (!objects.containsKey(entry.digest())) {
        throw new IllegalArgumentException("An object of the manifest is missing");
      }
    }
    Instant now = clock.instant();
    database.inTransaction(
        connection -> {
          Set<Digest> held = touch(connection, objects.keySet(), now);
          for (Map.Entry<Digest, byte[]> object : objects.entrySet()) {
            if (held.add(object.getKey())) {
              insert(connection, object.getKey(), OBJECT, object.getValue(), now);
            }
          }
          Digest digest = manifest.digest();
          if (touch(connection, Set.of(digest), now).isEmpty()) {
            insert(connection, digest, MANIFEST, manifest.bytes(), now);
            List<@Nullable Object[]> rows = new ArrayList<>();
            for (Digest object : distinct(manifest)) {
              rows.add(new @Nullable Object[] {digest, object});
            }
            Sql.batch(
                connection,
                "insert into manifest_object (manifest, object) values (?, ?) on conflict do"
                    + " nothing",
                rows);
          }
          Renders.remember(connection, input, digest, tools, now);
          return true;
        });
  }

  /** The compressed body for the wire; empty if there is none. */
  public Optional<byte[]> gzip(Digest digest) {
    return database.inTransaction(connection -> gzip(connection, digest));
  }

  /** The unpacked body; empty if there is none. */
  public Optional<byte[]> bytes(Digest digest) {
    return gzip(digest).map(BodyStore::unpack);
  }

  /**
   * A bundle manifest by its digest; empty if there is none.
   *
   * @throws StoreException if what is stored is damaged
   */
  public Optional<BundleManifest> manifest(Digest digest) {
    return bytes(digest)
        .map(
            bytes -> {
              if (!Digest.of(bytes).equals(digest)) {
                throw new StoreException("A manifest of the database is damaged", null);
              }
              return BundleManifest.parse(bytes);
            });
  }

  private Optional<byte[]> gzip(Connection connection, Digest digest) throws SQLException {
    return Sql.one(
            connection, "select content from body where digest = ?", row -> row.getBytes(1), digest)
        .map(content -> key.open(digest.hex(), content));
  }

  private void insert(Connection connection, Digest digest, String kind, byte[] bytes, Instant now)
      throws SQLException {
    // Two renders may store one object at once: the bytes are the same, the first one stays.
    Sql.update(
        connection,
        "insert into body (digest, kind, size, content, touched_at) values (?, ?, ?, ?, ?)"
            + " on conflict do nothing",
        digest,
        kind,
        (long) bytes.length,
        key.seal(digest.hex(), pack(bytes)),
        now);
  }

  /**
   * Keeps bodies from the garbage collection for its whole grace from now on, and tells which of
   * them exist.
   */
  static Set<Digest> touch(Connection connection, Set<Digest> digests, Instant now)
      throws SQLException {
    List<Digest> all = new ArrayList<>(digests);
    Set<Digest> held = new HashSet<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      Object[] chunk =
          all.subList(from, Math.min(all.size(), from + BATCH)).stream().map(Digest::hex).toArray();
      Sql.update(
          connection,
          "update body set touched_at = ? where digest = any(?) and touched_at < ?",
          now,
          chunk,
          now.minus(TOUCH_AFTER));
      held.addAll(
          Sql.list(
              connection,
              "select digest from body where digest = any(?)",
              row -> Digest.parse(row.getString(1)),
              (Object) chunk));
    }
    return held;
  }

  private static Set<Digest> distinct(BundleManifest manifest) {
    Set<Digest> digests = new HashSet<>();
    manifest.objects().forEach(entry -> digests.add(entry.digest()));
    return digests;
  }

  static byte[] pack(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(bytes.length / 2 + 64);
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  static byte[] unpack(byte[] packed) {
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      byte[] bytes = gzip.readNBytes(MAX_BODY_BYTES + 1);
      if (bytes.length > MAX_BODY_BYTES) {
        throw new StoreException("A body of the database is longer than any that is stored", null);
      }
      return bytes;
    } catch (IOException e) {
      throw new StoreException("A body of the database is damaged", e);
    }
  }
}
