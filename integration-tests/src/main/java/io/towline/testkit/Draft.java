package io.towline.testkit;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.Intent;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.Previous;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A statement in the making: right for its cluster in everything that is not changed. Not
 * thread-safe.
 */
public final class Draft {

  private static final Duration LIFE = Duration.ofHours(24);
  private static final String COMMIT = "c0ffee".repeat(7).substring(0, 40);

  private final String clusterName;
  private final long sequence;
  private final List<Rendered> bundles = new ArrayList<>();
  private final List<Deletion> deletions = new ArrayList<>();
  private UUID fleet;
  private UUID cluster;
  private String specVersion = Statement.SPEC_VERSION;
  private List<String> critical = List.of();
  private long epoch;
  private long rootVersion;
  private Instant issuedAt;
  private Instant expiresAt;
  private Optional<Previous> previous = Optional.empty();
  private Optional<Digest> index = Optional.empty();

  Draft(
      UUID fleet,
      UUID cluster,
      String clusterName,
      long epoch,
      long sequence,
      long rootVersion,
      Instant issuedAt) {
    this.fleet = fleet;
    this.cluster = cluster;
    this.clusterName = clusterName;
    this.epoch = epoch;
    this.sequence = sequence;
    this.rootVersion = rootVersion;
    this.issuedAt = issuedAt;
    this.expiresAt = issuedAt.plus(LIFE);
  }

  /** With a bundle more. */
  public Draft with(Rendered bundle) {
    bundles.add(bundle);
    return this;
  }

  /** With something to delete. */
  public Draft deleting(Deletion deletion) {
    deletions.add(deletion);
    return this;
  }

  /** Following that statement. */
  public Draft after(long previousSequence, Digest payload) {
    previous = Optional.of(new Previous(previousSequence, payload));
    return this;
  }

  /** For another fleet. */
  public Draft forFleet(UUID other) {
    fleet = other;
    return this;
  }

  /** For another cluster. */
  public Draft forCluster(UUID other) {
    cluster = other;
    return this;
  }

  /** Of another epoch. */
  public Draft ofEpoch(long other) {
    epoch = other;
    return this;
  }

  /** Under another root version. */
  public Draft underRoot(long version) {
    rootVersion = version;
    return this;
  }

  /** Of another version of the format. */
  public Draft ofSpecVersion(String version) {
    specVersion = version;
    return this;
  }

  /** With a member that has to be understood. */
  public Draft withCritical(String member) {
    critical = List.of(member);
    return this;
  }

  /** Issued and expiring then. */
  public Draft valid(Instant from, Instant until) {
    issuedAt = from;
    expiresAt = until;
    return this;
  }

  /** With an index that is not the one of its bundles. */
  public Draft withIndex(Digest other) {
    index = Optional.of(other);
    return this;
  }

  /** The statement. */
  public Statement statement() {
    Set<Digest> digests = new HashSet<>();
    bundles.forEach(
        bundle -> {
          digests.add(bundle.manifest().digest());
          bundle.manifest().objects().forEach(entry -> digests.add(entry.digest()));
        });
    return new Statement(
        specVersion,
        critical,
        fleet,
        cluster,
        clusterName,
        epoch,
        sequence,
        rootVersion,
        issuedAt,
        expiresAt,
        previous,
        bundles.isEmpty() ? Intent.CLEAR : Intent.APPLY,
        deletions,
        bundles.stream().map(Draft::entry).toList(),
        index.orElseGet(() -> ObjectsIndex.digestOf(digests)));
  }

  /** Every body that the statement's bundles have. */
  public Map<Digest, byte[]> bodies() {
    Map<Digest, byte[]> all = new LinkedHashMap<>();
    bundles.forEach(bundle -> all.putAll(bundle.bodies()));
    return all;
  }

  private static BundleEntry entry(Rendered bundle) {
    String name = bundle.manifest().bundle();
    return new BundleEntry(
        name,
        bundle.manifest().digest().shortHex(),
        new SourceInfo(
            "fleet",
            "https://git.example.invalid/fleet.git",
            "refs/heads/main",
            COMMIT,
            "apps/" + name,
            ""),
        List.of(),
        bundle.manifest().digest(),
        bundle.manifest().bytes().length);
  }
}
