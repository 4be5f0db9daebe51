package io.towline.hub.store;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.TrustedRoot;
import io.towline.hub.sign.HubKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;

/** A fleet in an H2 database of its own, in memory, with the real schema. */
public final class FleetFixture implements AutoCloseable {
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  public final Changes changes = new Changes();

  /** The time; may be moved. */
  public volatile Instant now = NOW;

  public final InstantSource clock = () -> now;

  /** How many statements were prepared so far. */
  public final AtomicLong statements = new AtomicLong();

  public final Database database;
  public final Clusters clusters;
  public final Enrollments enrollments;
  public final Pools pools;
  public final Fleet fleet;
  public final BodyStore bodies;
  public final UUID fleetId = UUID.fromString("00000000-0000-4000-8000-000000000001");
  public final Dsse root;
  private final JdbcConnectionPool pool;

  public FleetFixture(Path dataDirectory) {
    pool =
        JdbcConnectionPool.create(
            "jdbc:h2:mem:fixture"
                + UUID.randomUUID()
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;"
                + "DB_CLOSE_DELAY=-1",
            "sa",
            "");
    Flyway.configure().dataSource(pool).load().migrate();
    database = new Database(CountingSource.of(pool, statements));
    clusters = new Clusters(database, changes, clock);
    enrollments = new Enrollments(database, changes, clock);
    pools = new Pools(database, changes, clock);
    fleet = new Fleet(database, clock);
    bodies = new BodyStore(database, BodyKey.below(dataDirectory, new SecureRandom()), clock);
    TrustedRoot first = HubKeys.open(dataDirectory, new SecureRandom()).firstRoot(fleetId, NOW);
    root = Dsse.parse(first.dsse());
    fleet.found(
        new Fleet.Identity(fleetId, first.document().epoch()), new Fleet.Root(1, first.dsse()));
  }

  /** Registers a cluster. */
  public KnownCluster cluster(String name, Map<String, String> labels) {
    return clusters.register(name, labels);
  }

  /** Stores a bundle of those bodies, one ConfigMap each. */
  public BundleManifest bundle(String name, Collection<byte[]> bodiesOfObjects) {
    Map<Digest, byte[]> objects = new HashMap<>();
    List<ManifestEntry> entries = new ArrayList<>();
    for (byte[] body : bodiesOfObjects) {
      Digest digest = Digest.of(body);
      objects.put(digest, body);
      entries.add(
          new ManifestEntry(
              new ObjectRef("v1", "ConfigMap", "default", "c" + entries.size()),
              digest,
              body.length,
              0,
              false));
    }
    BundleManifest manifest = new BundleManifest(name, entries, Policy.defaults());
    bodies.putRender(manifest.digest(), manifest, objects, List.of());
    return manifest;
  }

  /** Publishes an envelope as the pipeline would, and wakes whoever listens. */
  public PublishedEnvelope publish(KnownCluster cluster, long sequence, BundleManifest... bundles) {
    byte[] dsse = ("{\"sequence\":" + sequence + "}").getBytes(StandardCharsets.UTF_8);
    Digest payload = Digest.of(dsse);
    database.inTransaction(
        connection -> {
          Sql.update(
              connection,
              "insert into envelope (cluster_id, epoch, sequence, payload_sha256, content_sha256,"
                  + " dsse, issued_at, expires_at) values (?, 1, ?, ?, ?, ?, ?, ?)",
              cluster.id(),
              sequence,
              payload,
              payload,
              BodyStore.pack(dsse),
              NOW,
              NOW.plusSeconds(86_400));
          for (BundleManifest bundle : bundles) {
            Sql.update(
                connection,
                "insert into envelope_manifest (cluster_id, epoch, sequence, bundle, manifest)"
                    + " values (?, 1, ?, ?, ?)",
                cluster.id(),
                sequence,
                bundle.bundle(),
                bundle.digest());
          }
          return true;
        });
    changes.announce(Changes.Topic.ENVELOPE);
    return new PublishedEnvelope(
        cluster.id(), new Place(1, sequence), payload.hex(), BodyStore.pack(dsse));
  }

  /** Runs one statement, for what no store writes yet. */
  public int sql(String statement, Object... arguments) {
    return database.inTransaction(connection -> Sql.update(connection, statement, arguments));
  }

  /** The first column of a query. */
  public List<String> column(String query) {
    return database.inTransaction(
        connection -> Sql.list(connection, query, row -> row.getString(1)));
  }

  @Override
  public void close() {
    pool.dispose();
  }
}
