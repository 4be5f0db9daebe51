package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Whatever has a limit takes as much as it says, and not one more. */
class LimitsTest {
  private static final Digest DIGEST = Digest.of(new byte[0]);

  private final TestFleet fleet = new TestFleet();
  private final Statement statement = TestFleet.statement(42, fleet.manifest);

  @Test
  void documentsMayHaveTheirBytes() {
    byte[] dsse = TestFleet.sealed(statement.bytes(), TestFleet.HUB_KEY);
    byte[] manifest = fleet.manifest.bytes();
    byte[] root = TestFleet.root().bytes();

    assertThat(Dsse.parse(padded(dsse, Limits.ENVELOPE_BYTES)).payload())
        .isEqualTo(statement.bytes());
    assertThat(Statement.parse(padded(statement.bytes(), Limits.STATEMENT_BYTES)))
        .isEqualTo(statement);
    assertThat(BundleManifest.parse(padded(manifest, Limits.STATEMENT_BYTES)))
        .isEqualTo(fleet.manifest);
    assertThat(RootDocument.parse(padded(root, Limits.ROOT_BYTES))).isEqualTo(TestFleet.root());
    assertReason(
        () -> Dsse.parse(padded(dsse, Limits.ENVELOPE_BYTES + 1)), Reason.ENVELOPE_MALFORMED);
    assertReason(
        () -> Statement.parse(padded(statement.bytes(), Limits.STATEMENT_BYTES + 1)),
        Reason.LIMIT_EXCEEDED);
    assertReason(
        () -> BundleManifest.parse(padded(manifest, Limits.STATEMENT_BYTES + 1)),
        Reason.LIMIT_EXCEEDED);
    assertReason(
        () -> RootDocument.parse(padded(root, Limits.ROOT_BYTES + 1)), Reason.ROOT_INVALID);
  }

  private static byte[] padded(byte[] json, int length) {
    byte[] padded = Arrays.copyOf(json, length);
    Arrays.fill(padded, json.length, length, (byte) ' ');
    return padded;
  }

  @Test
  void anEnvelopeMayHaveItsObjectsAndTheirBytes() {
    List<ManifestEntry> many = entries(Limits.OBJECTS, 1);
    List<ManifestEntry> heavy =
        entries((int) (Limits.TOTAL_BYTES / Limits.OBJECT_BYTES), Limits.OBJECT_BYTES);
    long rest = Limits.TOTAL_BYTES - Limits.OBJECT_BYTES * (long) heavy.size();
    heavy.add(entry("rest", rest));

    for (List<ManifestEntry> most : List.of(many, heavy)) {
      assertThatCode(() -> BodyRefusals.tooMuch(List.of(bundle(most)))).doesNotThrowAnyException();
      List<ManifestEntry> more = new ArrayList<>(most);
      more.add(entry("more", 1));
      assertReason(() -> BodyRefusals.tooMuch(List.of(bundle(more))), Reason.LIMIT_EXCEEDED);
      assertReason(
          () -> BodyRefusals.tooMuch(List.of(bundle(most), bundle(List.of(entry("more", 1))))),
          Reason.LIMIT_EXCEEDED);
    }
  }

  private static List<ManifestEntry> entries(int count, long size) {
    List<ManifestEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(entry("o" + i, size));
    }
    return entries;
  }

  private static ManifestEntry entry(String name, long size) {
    return new ManifestEntry(
        new ObjectRef("v1", "ConfigMap", "demo", name), DIGEST, size, 0, false);
  }

  private static VerifiedBundle bundle(List<ManifestEntry> entries) {
    return new VerifiedBundle(
        "demo", new BundleManifest("demo", entries, Policy.defaults()), bundleEntry("demo", 1));
  }

  private static BundleEntry bundleEntry(String name, long manifestSize) {
    return new BundleEntry(
        name, "r", new SourceInfo("", "", "", "", "", ""), List.of(), DIGEST, manifestSize);
  }

  @Test
  void aStatementMayHaveItsBundlesAndDeletions() {
    List<BundleEntry> bundles =
        IntStream.range(0, Limits.BUNDLES)
            .mapToObj(i -> bundleEntry("b" + i, Limits.STATEMENT_BYTES))
            .toList();
    Deletion deletion = statement.deletions().getFirst();
    List<Deletion> deletions = Collections.nCopies(Limits.DELETIONS, deletion);

    assertThatCode(() -> StatementRefusals.tooMuch(with(bundles, deletions)))
        .doesNotThrowAnyException();
    for (Statement tooMuch :
        List.of(
            with(plus(bundles, bundleEntry("more", 1)), deletions),
            with(bundles, plus(deletions, deletion)),
            with(List.of(bundleEntry("large", Limits.STATEMENT_BYTES + 1L)), List.of()))) {
      assertReason(() -> StatementRefusals.tooMuch(tooMuch), Reason.LIMIT_EXCEEDED);
    }
  }

  private static <T> List<T> plus(List<T> all, T more) {
    return Stream.concat(all.stream(), Stream.of(more)).toList();
  }

  private Statement with(List<BundleEntry> bundles, List<Deletion> deletions) {
    return changed(42, 1, statement.expiresAt(), statement.previous(), bundles, deletions);
  }

  private Statement changed(
      long sequence,
      long rootVersion,
      Instant expires,
      Optional<Previous> previous,
      List<BundleEntry> bundles,
      List<Deletion> deletions) {
    return new Statement(
        Statement.SPEC_VERSION,
        List.of(),
        TestFleet.FLEET,
        TestFleet.CLUSTER,
        "store-0107",
        1,
        sequence,
        rootVersion,
        TestFleet.ISSUED,
        expires,
        previous,
        Intent.APPLY,
        deletions,
        bundles,
        DIGEST);
  }

  @Test
  void anEnvelopeMayLiveAsLongAsItsRoleSays() {
    EnvelopeRole role = TestFleet.root().envelope().getFirst();
    Instant last = TestFleet.ISSUED.plus(Duration.ofDays(7));

    assertThatCode(() -> StatementRefusals.livesTooLong(expiring(last), role))
        .doesNotThrowAnyException();
    assertReason(
        () -> StatementRefusals.livesTooLong(expiring(last.plusSeconds(1)), role),
        Reason.LIFETIME_TOO_LONG);
  }

  private Statement expiring(Instant expires) {
    return changed(42, 1, expires, Optional.empty(), statement.bundles(), List.of());
  }

  @Test
  void sequencesAndVersionsCountFromOneToTheLargestThatEveryReaderKeeps() {
    Optional<Previous> before = Optional.of(new Previous(Limits.MAX_INTEGER - 1, DIGEST));
    Statement last = counted(Limits.MAX_INTEGER, Limits.MAX_INTEGER, before);

    assertThat(Statement.parse(last.bytes())).isEqualTo(last);
    assertThat(Statement.parse(counted(1, 1, Optional.empty()).bytes()).sequence()).isEqualTo(1);
    for (ThrowingCallable wrong :
        List.<ThrowingCallable>of(
            () -> counted(0, 1, Optional.empty()),
            () -> counted(1, 0, Optional.empty()),
            () -> counted(Limits.MAX_INTEGER + 1, 1, Optional.empty()),
            () -> counted(1, Limits.MAX_INTEGER + 1, Optional.empty()),
            () -> counted(7, 1, Optional.of(new Previous(7, DIGEST))),
            () -> new Previous(0, DIGEST),
            () -> new Deletion("demo", statement.deletions().getFirst().ref(), 0),
            () -> rootOf(0, 1),
            () -> rootOf(1, 0),
            () -> rootOf(Limits.MAX_INTEGER + 1, 1),
            () -> rootOf(1, Limits.MAX_INTEGER + 1),
            () -> new Floor(-1, 0, Optional.empty(), Instant.EPOCH),
            () -> new Floor(0, -1, Optional.empty(), Instant.EPOCH))) {
      assertRefused(wrong);
    }
    assertThat(new Previous(1, DIGEST).sequence()).isEqualTo(1);
    assertThat(rootOf(Limits.MAX_INTEGER, Limits.MAX_INTEGER).epoch())
        .isEqualTo(Limits.MAX_INTEGER);
  }

  private Statement counted(long sequence, long rootVersion, Optional<Previous> previous) {
    return changed(
        sequence,
        rootVersion,
        statement.expiresAt(),
        previous,
        statement.bundles(),
        statement.deletions());
  }

  private static RootDocument rootOf(long version, long epoch) {
    RootDocument root = TestFleet.root();
    return new RootDocument(
        root.fleet(),
        version,
        epoch,
        root.issuedAt(),
        root.expiresAt(),
        root.keys(),
        root.root(),
        root.envelope());
  }

  @Test
  void aRootMayHaveItsKeysAndItsRolesTheirDaysAndClusters() {
    List<TestKeys> keys = new ArrayList<>(List.of(TestFleet.ROOT_KEY, TestFleet.HUB_KEY));
    for (long seed = 200; keys.size() < Limits.ROOT_ENTRIES; seed++) {
      keys.add(TestKeys.ofSeed(seed));
    }
    RootDocument most = rootWith(keys);
    assertThat(RootDocument.parse(most.bytes())).isEqualTo(most);
    keys.add(TestKeys.ofSeed(7_000));
    byte[] more = rootWith(keys).bytes();
    assertReason(() -> RootDocument.parse(more), Reason.ROOT_INVALID);

    KeyRole role = TestFleet.root().root();
    String one = UUID.randomUUID().toString();
    assertThat(new EnvelopeRole("r", List.of(one), role, 366).maxLifetime())
        .isEqualTo(Duration.ofDays(366));
    assertThat(new EnvelopeRole("r", List.of(one), role, 1).maxLifetime())
        .isEqualTo(Duration.ofDays(1));
    assertRefused(() -> new EnvelopeRole("r", List.of(one), role, 367));
    assertRefused(() -> new EnvelopeRole("r", List.of(one), role, 0));
    assertRefused(() -> new EnvelopeRole("r", List.of(), role, 1));
    assertRefused(() -> new EnvelopeRole("r", List.of(one, one), role, 1));
    assertRefused(() -> new EnvelopeRole("r", List.of(one, EnvelopeRole.ALL_OTHERS), role, 1));
  }

  private static RootDocument rootWith(List<TestKeys> keys) {
    RootDocument root = TestFleet.root();
    return TestFleet.root(1, 1, root.root(), root.envelope(), keys.toArray(TestKeys[]::new));
  }

  @Test
  void asManyRootsAreFollowedAtOnceAsMayBeMissed() {
    byte[] no = {'{', '}'};

    assertReason(
        () -> RootChain.follow(TestFleet.trusted(), Collections.nCopies(Limits.ROOT_STEPS, no)),
        Reason.ROOT_INVALID);
    assertReason(
        () -> RootChain.follow(TestFleet.trusted(), Collections.nCopies(Limits.ROOT_STEPS + 1, no)),
        Reason.LIMIT_EXCEEDED);
  }

  @Test
  void aBundleMayWaitAndDependAsItsPolicySays() {
    for (long seconds : List.of(1L, Duration.ofDays(7).toSeconds())) {
      assertThat(new HealthPolicy(Duration.ofSeconds(seconds)).timeout()).hasSeconds(seconds);
    }
    for (Duration wrong :
        List.of(Duration.ZERO, Duration.ofDays(7).plusSeconds(1), Duration.ofMillis(1_500))) {
      assertRefused(() -> new HealthPolicy(wrong));
    }
    List<String> names = Collections.nCopies(Limits.LIST_ENTRIES, "other");
    assertThat(depending(names).dependsOn()).hasSize(Limits.LIST_ENTRIES);
    assertRefused(() -> depending(plus(names, "more")));
    ObjectRef ref = new ObjectRef("v1", "ConfigMap", "demo", "a");
    for (int wave : List.of(ManifestEntry.MAX_WAVE, -ManifestEntry.MAX_WAVE)) {
      assertThat(new ManifestEntry(ref, DIGEST, 0, wave, false).wave()).isEqualTo(wave);
      assertRefused(() -> new ManifestEntry(ref, DIGEST, 0, wave + Integer.signum(wave), false));
    }
    assertRefused(() -> new ManifestEntry(ref, DIGEST, -1, 0, false));
  }

  private static Policy depending(List<String> names) {
    Policy policy = Policy.defaults();
    return new Policy(policy.apply(), names, policy.drift(), policy.health(), policy.prune());
  }

  @Test
  void aTextMayHaveItsCharactersAndAListItsEntries() {
    String longest = "t".repeat(Limits.TEXT_CHARACTERS);
    List<String> tools = Collections.nCopies(Limits.LIST_ENTRIES, longest);
    Statement most = with(List.of(rendered(tools)), List.of());

    assertThat(Statement.parse(most.bytes())).isEqualTo(most);
    for (List<String> wrong : List.of(plus(tools, "one"), List.of(longest + "t"))) {
      byte[] bytes = with(List.of(rendered(wrong)), List.of()).bytes();
      assertReason(() -> Statement.parse(bytes), Reason.STATEMENT_MALFORMED);
    }
  }

  private static BundleEntry rendered(List<String> tools) {
    return new BundleEntry("demo", "r", new SourceInfo("", "", "", "", "", ""), tools, DIGEST, 0);
  }

  @Test
  void whatHasANameHasOneThatKubernetesTakes() {
    ObjectRef ref = new ObjectRef("v1", "ConfigMap", "demo", "a");
    for (String name : List.of("", "Demo", "-demo", "demo-", "de.mo", "d".repeat(64))) {
      for (ThrowingCallable wrong :
          List.<ThrowingCallable>of(
              () -> bundleEntry(name, 1),
              () -> new BundleManifest(name, List.of(), Policy.defaults()),
              () -> new Deletion(name, ref, 1),
              () -> new OfflineToken(TestFleet.FLEET, TestFleet.CLUSTER, name, DIGEST))) {
        assertRefused(wrong);
      }
    }
    assertThat(bundleEntry("d".repeat(63), 0).manifestSize()).isZero();
    assertRefused(() -> bundleEntry("demo", -1));
  }

  private static void assertRefused(ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
  }
}
