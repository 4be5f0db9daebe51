package io.towline.hub.store;

import java.util.List;
import java.util.UUID;

/** Reads what an envelope covers, for an export. Thread-safe; throws {@link StoreException}. */
public final class EnvelopeQueries {
  /** A body that an envelope covers; the digest is lower-case hex, the size in bytes. */
  public record Covered(String digest, long size) {}

  private final Database database;

  public EnvelopeQueries(Database database) {
    this.database = database;
  }

  /** All manifests and objects of an envelope, each once, sorted by digest. */
  public List<Covered> covered(UUID cluster, Place place) {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select b.digest, b.size from body b where b.digest in ("
                    + " select m.manifest from envelope_manifest m"
                    + " where m.cluster_id = ? and m.epoch = ? and m.sequence = ?"
                    + " union select o.object from envelope_manifest m"
                    + " join manifest_object o on o.manifest = m.manifest"
                    + " where m.cluster_id = ? and m.epoch = ? and m.sequence = ?)"
                    + " order by b.digest",
                row -> new Covered(row.getString(1), row.getLong(2)),
                cluster,
                place.epoch(),
                place.sequence(),
                cluster,
                place.epoch(),
                place.sequence()));
  }
}
