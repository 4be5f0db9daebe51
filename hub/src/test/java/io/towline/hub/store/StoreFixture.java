package io.towline.hub.store;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.SourceInfo;
import io.towline.hub.report.Judgement;
import io.towline.hub.store.Envelopes.Head;
import io.towline.hub.store.Publications.NewEnvelope;
import io.towline.hub.store.Publications.Outcome;
import io.towline.hub.store.Publications.Publication;
import io.towline.hub.store.Publications.TargetPlan;
import io.towline.hub.store.TargetState.Reported;
import io.towline.vocabulary.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;

/** All stores over one H2 database in memory with the real schema, and a clock that is moved. */
public final class StoreFixture implements AutoCloseable, InstantSource {
  private final JdbcConnectionPool pool;
  private volatile boolean ticking;
  private long tickingSince;
  private Instant now = Instant.parse("2026-11-23T08:00:00Z");

  public final Database database;
  public final Changes changes = new Changes();
  public final List<Changes.Topic> announced = new ArrayList<>();
  public final Judge judge = new Judgement();
  public final Fleet fleet;
  public final Clusters clusters;
  public final Contacts contacts;
  public final Enrollments enrollments;
  public final BodyStore bodies;
  public final Renders renders;
  public final Envelopes envelopes;
  public final Publications publications;
  public final PendingEnvelopes pending;
  public final Targets targets;
  public final Deletions deletions;
  public final SealRecipients seals;
  public final Reports reports;
  public final Bundles bundles;
  public final Sources sources;
  public final CommitSignatures signatures;
  public final Events events;
  public final Retention retention;
  public final Suspensions suspensions;

  public StoreFixture(Path dataDirectory) {
    this(dataDirectory, true);
  }

  /** With or without a fleet that is founded. */
  public StoreFixture(Path dataDirectory, boolean founded) {
    pool =
        JdbcConnectionPool.create(
            "jdbc:h2:mem:"
                + UUID.randomUUID()
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;"
                + "DB_CLOSE_DELAY=-1",
            "sa",
            "");
    Flyway.configure().dataSource(pool).load().migrate();
    database = new Database(pool);
    changes.listen(announced::add);
    fleet = new Fleet(database, this);
    clusters = new Clusters(database, changes, this);
    contacts = new Contacts(database, changes);
    enrollments = new Enrollments(database, changes, this);
    bodies = new BodyStore(database, BodyKey.below(dataDirectory, new SecureRandom()), this);
    renders = new Renders(database, this);
    envelopes = new Envelopes(database);
    publications = new Publications(database, changes, judge, this);
    pending = new PendingEnvelopes(database, changes, this);
    targets = new Targets(database);
    deletions = new Deletions(database);
    seals = new SealRecipients(database);
    reports = new Reports(database, changes, judge, this);
    bundles = new Bundles(database, changes, this);
    sources = new Sources(database, changes, this);
    signatures = new CommitSignatures(database);
    events = new Events(database, changes);
    retention = new Retention(database, this);
    suspensions = new Suspensions(database, changes, this);
    if (founded) {
      fleet.found(
          new Fleet.Identity(UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001"), 1),
          new Fleet.Root(1, text("{}")));
    }
  }

  @Override
  public Instant instant() {
    return ticking ? now.plusNanos(System.nanoTime() - tickingSince) : now;
  }

  /** From now on the clock goes by itself. */
  public void tick() {
    tickingSince = System.nanoTime();
    ticking = true;
  }

  public void advance(Duration duration) {
    now = now.plus(duration);
  }

  public KnownCluster cluster(String name) {
    return clusters.register(name, Map.of("env", "test"));
  }

  /** Stores a render of ConfigMaps with those names. */
  public BundleManifest render(String bundle, String... configMaps) {
    Map<Digest, byte[]> objects = new HashMap<>();
    List<ManifestEntry> entries = new ArrayList<>();
    for (String name : configMaps) {
      byte[] body = text("{\"data\":{\"of\":\"" + bundle + "\"},\"name\":\"" + name + "\"}");
      objects.put(Digest.of(body), body);
      entries.add(new ManifestEntry(ref(name), Digest.of(body), body.length, 0, false));
    }
    BundleManifest manifest = new BundleManifest(bundle, entries, Policy.defaults());
    bodies.putRender(input(bundle, configMaps), manifest, objects, List.of());
    return manifest;
  }

  public static Digest input(String bundle, String... configMaps) {
    return Digest.of(text(bundle + " of " + Arrays.toString(configMaps)));
  }

  public static ObjectRef ref(String name) {
    return new ObjectRef("v1", "ConfigMap", "default", name);
  }

  public static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static BundleEntry entry(BundleManifest manifest) {
    return new BundleEntry(
        manifest.bundle(),
        BundleRevision.of(manifest.digest()),
        new SourceInfo(
            "fleet", "https://git.example.invalid/fleet.git", "refs/heads/main", "c0", "apps", ""),
        List.of(),
        manifest.digest(),
        manifest.bytes().length);
  }

  public static TargetPlan plan(BundleManifest manifest) {
    return new TargetPlan(
        manifest.bundle(), "all", List.of(), Optional.of(entry(manifest)), Optional.empty(), false);
  }

  public static TargetPlan removing(String bundle) {
    return new TargetPlan(bundle, "", List.of(), Optional.empty(), Optional.empty(), true);
  }

  /** Publishes an envelope of exactly those targets under that sequence. */
  public Outcome publish(KnownCluster cluster, long sequence, TargetPlan... plans) {
    return publications.publish(publication(cluster, sequence, List.of(), plans));
  }

  public Publication publication(
      KnownCluster cluster, long sequence, List<Deletion> listed, TargetPlan... plans) {
    Map<String, Digest> manifests = new HashMap<>();
    for (TargetPlan plan : plans) {
      plan.desired().ifPresent(entry -> manifests.put(entry.name(), entry.manifest()));
    }
    return new Publication(
        cluster,
        Optional.of(
            new NewEnvelope(
                new Head(
                    cluster.id(),
                    1,
                    sequence,
                    payload(sequence),
                    Digest.of(text(manifests.toString())),
                    now,
                    now.plus(Duration.ofHours(24))),
                text("{\"sequence\":" + sequence + "}"),
                manifests)),
        List.of(plans),
        listed,
        List.of(),
        List.of());
  }

  public static Digest payload(long sequence) {
    return Digest.of(text("payload " + sequence));
  }

  /** What an agent says of a bundle that it applied whole. */
  public Reported ready(BundleManifest manifest) {
    return new Reported(
        Status.READY,
        Optional.empty(),
        "",
        Optional.of(manifest.digest()),
        Optional.of(manifest.digest()),
        List.of(),
        manifest.objects().size(),
        manifest.objects().size(),
        now);
  }

  /** The names in the change table, in order. */
  public List<String> changed() {
    return database.inTransaction(
        connection ->
            Sql.list(connection, "select name from change order by id", r -> r.getString(1)));
  }

  public long count(String table) {
    return database.inTransaction(c -> Sql.number(c, "select count(*) from " + table));
  }

  public List<byte[]> storedBodies() {
    return database.inTransaction(
        c -> Sql.list(c, "select content from body", row -> row.getBytes(1)));
  }

  public void forgetChanges() {
    database.inTransaction(c -> Sql.update(c, "delete from change"));
    announced.clear();
  }

  @Override
  public void close() {
    pool.dispose();
  }
}
