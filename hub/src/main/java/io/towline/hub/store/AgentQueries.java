package io.towline.hub.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What the agents' port reads. Every answer about bodies is an answer for one cluster. Thread-safe;
 * every method throws {@link StoreException} when the database is away.
 */
public final class AgentQueries {
  /** What a digest names. */
  public enum BodyKind {
    MANIFEST,
    OBJECT
  }

  /** Arguments of one statement. */
  private static final int BATCH = 500;

  private static final String NEWEST =
      """
      not exists (
        select 1 from envelope later
        where later.cluster_id = e.cluster_id
          and (later.epoch > e.epoch or later.epoch = e.epoch and later.sequence > e.sequence))
      """;

  private final Database database;

  public AgentQueries(Database database) {
    this.database = database;
  }

  /** The version of the newest root; 0 if there is none. */
  public long newestRoot() {
    return database.inTransaction(
        connection -> Sql.number(connection, "select max(version) from root"));
  }

  /** The newest envelope of a cluster. */
  public Optional<PublishedEnvelope> newestEnvelope(UUID cluster) {
    return database.inTransaction(
        connection ->
            Sql.one(
                connection,
                "select cluster_id, epoch, sequence, payload_sha256, dsse from envelope"
                    + " where cluster_id = ? order by epoch desc, sequence desc limit 1",
                AgentQueries::envelope,
                cluster));
  }

  /** Where the newest envelope of every cluster stands; clusters without one are left out. */
  public Map<UUID, Place> newestPlaces() {
    return database.inTransaction(
        connection -> {
          Map<UUID, Place> places = new HashMap<>();
          Sql.list(
                  connection,
                  "select cluster_id, epoch, sequence from envelope e where " + NEWEST,
                  row -> Map.entry(row.getObject("cluster_id", UUID.class), place(row)))
              .forEach(entry -> places.put(entry.getKey(), entry.getValue()));
          return places;
        });
  }

  /**
   * Which of those digests the newest envelope of this cluster names, and as what. All others are
   * left out, whether or not they exist.
   */
  public Map<String, BodyKind> served(UUID cluster, Collection<String> digests) {
    List<String> asked = List.copyOf(new HashSet<>(digests));
    return database.inTransaction(
        connection -> {
          Map<String, BodyKind> kinds = new HashMap<>();
          for (int from = 0; from < asked.size(); from += BATCH) {
            Object[] batch = asked.subList(from, Math.min(from + BATCH, asked.size())).toArray();
            Sql.list(
                    connection,
                    "select distinct o.object from envelope_manifest m"
                        + " join envelope e on e.cluster_id = m.cluster_id and e.epoch = m.epoch"
                        + " and e.sequence = m.sequence"
                        + " join manifest_object o on o.manifest = m.manifest"
                        + " where m.cluster_id = ? and o.object = any(?) and "
                        + NEWEST,
                    row -> row.getString(1),
                    cluster,
                    batch)
                .forEach(digest -> kinds.put(digest, BodyKind.OBJECT));
            Sql.list(
                    connection,
                    "select distinct m.manifest from envelope_manifest m"
                        + " join envelope e on e.cluster_id = m.cluster_id and e.epoch = m.epoch"
                        + " and e.sequence = m.sequence"
                        + " where m.cluster_id = ? and m.manifest = any(?) and "
                        + NEWEST,
                    row -> row.getString(1),
                    cluster,
                    batch)
                .forEach(digest -> kinds.put(digest, BodyKind.MANIFEST));
          }
          return kinds;
        });
  }

  /** Which of those manifests any envelope of this cluster names, newest or not. */
  public Set<String> manifestsEverServed(UUID cluster, Collection<String> digests) {
    List<String> asked = List.copyOf(new HashSet<>(digests));
    return database.inTransaction(
        connection -> {
          Set<String> known = new HashSet<>();
          for (int from = 0; from < asked.size(); from += BATCH) {
            Object[] batch = asked.subList(from, Math.min(from + BATCH, asked.size())).toArray();
            known.addAll(
                Sql.list(
                    connection,
                    "select distinct manifest from envelope_manifest"
                        + " where cluster_id = ? and manifest = any(?)",
                    row -> row.getString(1),
                    cluster,
                    batch));
          }
          return known;
        });
  }

  /** The newest envelopes of those clusters, in no order. */
  public List<PublishedEnvelope> newestEnvelopes(Collection<UUID> clusters) {
    return database.inTransaction(
        connection -> {
          List<PublishedEnvelope> envelopes = new ArrayList<>();
          for (UUID cluster : clusters) {
            envelopes.addAll(
                Sql.list(
                    connection,
                    "select cluster_id, epoch, sequence, payload_sha256, dsse from envelope"
                        + " where cluster_id = ? order by epoch desc, sequence desc limit 1",
                    AgentQueries::envelope,
                    cluster));
          }
          return envelopes;
        });
  }

  private static Place place(ResultSet row) throws SQLException {
    return new Place(row.getLong("epoch"), row.getLong("sequence"));
  }

  private static PublishedEnvelope envelope(ResultSet row) throws SQLException {
    return new PublishedEnvelope(
        row.getObject("cluster_id", UUID.class),
        place(row),
        row.getString("payload_sha256"),
        row.getBytes("dsse"));
  }
}
