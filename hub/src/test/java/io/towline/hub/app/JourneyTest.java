package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.Intent;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Statement;
import io.towline.envelope.Suspension;
import io.towline.envelope.VerificationException;
import io.towline.hub.sign.OfflineKey;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.RootEdits;
import io.towline.hub.store.Bundles;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Contacts;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.PendingEnvelopes.Next;
import io.towline.hub.store.PendingEnvelopes.Pending;
import io.towline.hub.store.SourceQueries;
import io.towline.hub.store.SourceView;
import io.towline.hub.store.StoreFixture;
import io.towline.hub.store.TargetQueries;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.hub.store.TargetState;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JourneyTest {
  @TempDir Path directory;
  private GitFolder git;
  private JourneyFixture hub;
  private KnownCluster alpha;

  @BeforeEach
  void open() throws Exception {
    git = new GitFolder(directory.resolve("origin"));
    bundle("web", "{}");
    configMap("web", "one");
    bundle("tools", "{}");
    configMap("tools", "two");
    git.commit("begin");
    hub = new JourneyFixture(directory.resolve("data"), Map.of("fleet", git.url()));
    alpha = hub.store.cluster("alpha");
  }

  @AfterEach
  void close() {
    hub.close();
    git.close();
  }

  @Test
  void theEndBreaksOffAFetchAndDoesNotBlameTheSource() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + silent.getLocalPort() + "/fleet.git";
      hub.restart(Map.of("silent", url));
      hub.journeyNow().start();
      try (Socket fetch = silent.accept()) {
        long start = System.nanoTime();

        hub.journeyNow().stop();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LoopThread.STOP_TIMEOUT);
        assertThat(fetch.isConnected()).isTrue();
      }
      assertThat(new SourceQueries(hub.store.database).find("silent"))
          .hasValueSatisfying(source -> assertThat(source.reason()).isEmpty());
    }
  }

  @Test
  void aCommitBecomesASignedEnvelopeOfEachCluster() throws Exception {
    KnownCluster beta = hub.store.cluster("beta");

    hub.reconcile();

    for (KnownCluster cluster : new KnownCluster[] {alpha, beta}) {
      Statement statement = hub.statement(cluster);
      assertThat(statement.cluster()).isEqualTo(cluster.id());
      assertThat(statement.sequence()).isEqualTo(1);
      assertThat(statement.bundles()).extracting(BundleEntry::name).containsExactly("tools", "web");
      assertThat(statement.intent()).isEqualTo(Intent.APPLY);
      assertThat(hub.target(cluster, "web").judged().status()).isEqualTo(Status.PROGRESSING);
    }
    assertThat(hub.store.count("render")).isEqualTo(2);
    assertThat(hub.store.bundles.all()).containsOnlyKeys("tools", "web");
  }

  @Test
  void aNewRootIsSignedUnderAtOnceAndItsEpochStartsAnewWithoutARestart() throws Exception {
    hub.reconcile();
    hub.store.forgetChanges();

    byte[] second = hub.nextRoot(root -> root, true);
    assertThat(hub.signing.submit(second).document().epoch()).isEqualTo(2);
    assertThat(hub.signing.submit(second).document().version()).isEqualTo(2);
    hub.pass();

    assertThat(hub.store.announced).contains(Changes.Topic.ROOT, Changes.Topic.ENVELOPE);
    Statement statement = hub.statement(alpha);
    assertThat(statement.rootVersion()).isEqualTo(2);
    assertThat(statement.epoch()).isEqualTo(2);
    assertThat(statement.previous()).isEmpty();
    assertThat(hub.fleet.identity().orElseThrow().epoch()).isEqualTo(2);
    hub.restart(Map.of("fleet", git.url()));
    hub.reconcile();
    assertThat(hub.statement(alpha)).isEqualTo(statement);
  }

  @Test
  void anOfflineClusterGetsLongerEnvelopesThatListEveryDeletionForEver() throws Exception {
    hub.reconcile();
    assertThat(life(hub.statement(alpha))).isEqualTo(Duration.ofHours(24));
    hub.store.enrollments.offline(alpha, List.of());
    hub.pass();
    assertThat(life(hub.statement(alpha))).isEqualTo(Duration.ofDays(7));
    assertThat(hub.statement(alpha).sequence()).isEqualTo(2);
    assertThat(new TargetQueries(hub.store.database).find(new TargetQueries.Name("web", "alpha")))
        .hasValueSatisfying(
            target -> {
              assertThat(target.status()).isEqualTo(Status.WAITING);
              assertThat(target.reason()).isEqualTo(Reason.CARRIED.word());
            });

    git.remove("apps/web/towline.yaml").remove("apps/web/cm.yaml");
    git.commit("remove web");
    hub.reconcile();
    bundle("third", "{}");
    configMap("third", "three");
    git.commit("a later change");
    hub.reconcile();

    assertThat(hub.statement(alpha).bundles())
        .extracting(BundleEntry::name)
        .containsExactly("third", "tools");
    assertThat(hub.statement(alpha).deletions())
        .singleElement()
        .satisfies(deletion -> assertThat(deletion.bundle()).isEqualTo("web"));
  }

  private static Duration life(Statement statement) {
    return Duration.between(statement.issuedAt(), statement.expiresAt());
  }

  @Test
  void aRootThatDoesNotFollowIsRefusedAndChangesNothing() throws Exception {
    hub.reconcile();
    byte[] second = hub.nextRoot(root -> root, false);
    hub.signing.submit(second);
    byte[] third = hub.nextRoot(root -> root, false);
    hub.pass();
    long sequence = hub.sequence(alpha);

    byte[] unsigned = RootDraft.unsigned(RootDraft.read(third).document()).bytes();
    assertThatThrownBy(() -> hub.signing.submit(unsigned)).hasMessageContaining("0 of the 1");
    byte[] otherSecond = hub.rootAfterFirst();
    assertThatThrownBy(() -> hub.signing.submit(otherSecond)).hasMessageContaining("already");
    assertThatThrownBy(() -> hub.signing.submit(new byte[] {'{', '}'}))
        .isInstanceOf(VerificationException.class);
    hub.pass();

    assertThat(hub.fleet.rootsAfter(0)).hasSize(2);
    assertThat(hub.sequence(alpha)).isEqualTo(sequence);
  }

  @Test
  void anEnvelopeWaitsForASecondSignatureAndIsPublishedWithIt() throws Exception {
    hub.reconcile();
    OfflineKey person =
        OfflineKey.generate(directory.resolve("p.key"), new SecureRandom(), Optional.empty());
    hub.signing.submit(
        hub.nextRoot(
            root ->
                RootEdits.withThreshold(
                    RootEdits.withKey(root, "envelope", person.key()), "envelope", 2),
            false));
    hub.pass();
    // The same content under the new root: it waits, and no target has anything to wait for.
    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.store.pending.of(alpha.id()).orElseThrow().head().sequence()).isEqualTo(2);
    assertThat(hub.target(alpha, "web").held()).isEmpty();

    configMap("web", "changed");
    git.commit("change");
    hub.reconcile();
    hub.reconcile();

    Pending waiting = hub.store.pending.of(alpha.id()).orElseThrow();
    assertThat(waiting.head().sequence()).isEqualTo(3);
    assertThat(hub.store.pending.all()).hasSize(1);
    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.target(alpha, "web").judged().status()).isEqualTo(Status.WAITING);
    assertThat(hub.target(alpha, "web").judged().reason()).contains(Reason.SIGNATURE_REQUIRED);
    assertThat(hub.target(alpha, "tools").held()).isEmpty();
    hub.store.retention.run();

    Dsse half = Dsse.parse(waiting.dsse());
    Dsse whole =
        new Dsse(
            half.payloadType(),
            half.payload(),
            List.of(half.signatures().getFirst(), person.sign(half)));
    assertThat(
            hub.store.pending.sign(
                alpha.id(), Digest.of(new byte[0]), at -> new Next.Complete(whole.write())))
        .isEmpty();
    assertThat(
            hub.store.pending.sign(
                alpha.id(), half.digest(), at -> new Next.Complete(whole.write())))
        .isPresent();
    hub.pass();

    assertThat(hub.sequence(alpha)).isEqualTo(3);
    assertThat(hub.store.pending.all()).isEmpty();
    assertThat(hub.target(alpha, "web").judged().status()).isEqualTo(Status.PROGRESSING);
    assertThat(hub.statement(alpha).previous().orElseThrow().sequence()).isEqualTo(1);
  }

  @Test
  void whatDidNotChangeIsNotSignedAgainEvenAfterARestart() throws Exception {
    hub.reconcile();
    hub.store.forgetChanges();

    hub.reconcile();
    git.write("README.md", "a commit that touches no bundle");
    git.commit("document");
    hub.reconcile();
    hub.restart(Map.of("fleet", git.url()));
    hub.pass();
    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.store.announced).doesNotContain(Changes.Topic.ENVELOPE);
  }

  @Test
  void aSourceThatNowAsksForSignaturesKeepsWhatIsPublishedAndRendersNothingOfAnUnsignedCommit()
      throws Exception {
    hub.reconcile();
    hub.restart(
        Map.of(
            "fleet",
            git.url(),
            "fleet.commits.policy",
            "head",
            "fleet.signers.alice.fingerprint",
            "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"));
    KnownCluster later = hub.store.cluster("later");
    hub.pass();
    configMap("web", "unsigned");
    String refused = git.commit("unsigned");
    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.find(later, "web")).isEmpty();
    SourceView source = new SourceQueries(hub.store.database).find("fleet").orElseThrow();
    assertThat(source.reason()).contains(Reason.COMMIT_UNSIGNED.word());
    assertThat(source.refusedCommit()).isEqualTo(refused);
    assertThat(source.commitsPolicy()).isEqualTo("head");
  }

  @Test
  void aChangedObjectMakesANewEnvelopeThatFollowsTheOlderOne() throws Exception {
    hub.reconcile();
    Statement first = hub.statement(alpha);
    Digest payload = hub.store.envelopes.newest(alpha.id()).orElseThrow().head().payload();
    configMap("web", "changed");
    String commit = git.commit("change");

    hub.reconcile();

    Statement second = hub.statement(alpha);
    assertThat(second.sequence()).isEqualTo(2);
    assertThat(second.previous().orElseThrow().payload()).isEqualTo(payload);
    assertThat(second.deletions()).isEmpty();
    assertThat(second.bundles().getFirst()).isEqualTo(first.bundles().getFirst());
    assertThat(second.bundles().getLast().source().commit()).isEqualTo(commit);
    assertThat(hub.target(alpha, "web").sequence()).isEqualTo(2);
    assertThat(hub.target(alpha, "tools").sequence()).isEqualTo(1);
  }

  @Test
  void aCordonedClusterKeepsWhatItHasAndEveryChangeWaitsUntilItGoesOn() throws Exception {
    hub.reconcile();
    hub.store.clusters.cordon(alpha, Optional.of("stocktaking"));
    configMap("web", "changed");
    git.commit("change");

    hub.reconcile();

    assertThat(hub.statement(alpha).sequence()).isEqualTo(1);
    TargetState web = hub.target(alpha, "web");
    assertThat(web.held().orElseThrow().reason()).isEqualTo(Reason.CORDONED);
    assertThat(web.held().orElseThrow().message()).contains("stocktaking");
    assertThat(hub.target(alpha, "tools").held()).isEmpty();

    hub.store.clusters.cordon(alpha, Optional.empty());
    hub.reconcile();

    assertThat(hub.statement(alpha).sequence()).isEqualTo(2);
    assertThat(hub.target(alpha, "web").held()).isEmpty();
  }

  @Test
  void aSuspendedTargetIsSaidToItsAgentAndKeepsWhatItHasUntilItIsResumed() throws Exception {
    hub.reconcile();
    Scope target = new Scope(Optional.of("web"), Optional.of("alpha"));
    hub.store.suspensions.suspend(target, "kim", "a leak", Optional.empty());
    configMap("web", "changed");
    configMap("tools", "changed");
    git.commit("change");

    hub.reconcile();

    Statement statement = hub.statement(alpha);
    assertThat(statement.critical()).containsExactly("suspended");
    assertThat(statement.suspended())
        .containsExactly(new Suspension("web", "Suspended by kim: a leak.", Optional.empty()));
    assertThat(hub.target(alpha, "web").sequence()).isEqualTo(1);
    assertThat(hub.target(alpha, "web").judged().status()).isEqualTo(Status.SUSPENDED);
    assertThat(hub.target(alpha, "web").judged().message()).isEqualTo("Suspended by kim: a leak.");
    assertThat(hub.target(alpha, "tools").sequence()).isEqualTo(statement.sequence());
    hub.pass();
    assertThat(hub.statement(alpha)).isEqualTo(statement);

    assertThat(hub.store.suspensions.resume(target, "kim")).isTrue();
    assertThat(hub.store.suspensions.resume(target, "kim")).isFalse();
    hub.pass();

    assertThat(hub.statement(alpha).suspended()).isEmpty();
    assertThat(hub.statement(alpha).critical()).isEmpty();
    assertThat(hub.target(alpha, "web").sequence()).isEqualTo(hub.statement(alpha).sequence());
    assertThat(hub.target(alpha, "web").held()).isEmpty();
  }

  @Test
  void aSuspensionOfTheClusterCoversAllAndEndsAtItsTime() throws Exception {
    hub.reconcile();
    Instant end = hub.store.instant().plus(Duration.ofHours(2));
    hub.store.suspensions.suspend(
        new Scope(Optional.empty(), Optional.of("alpha")), "kim", "new disks", Optional.of(end));
    hub.store.suspensions.suspend(
        new Scope(Optional.of("web"), Optional.empty()),
        "lee",
        "a leak",
        Optional.of(end.minusSeconds(60)));
    KnownCluster beta = hub.store.cluster("beta");
    hub.pass();

    assertThat(hub.statement(alpha).suspended())
        .extracting(Suspension::bundle, Suspension::until)
        .containsExactly(tuple("tools", Optional.of(end)), tuple("web", Optional.of(end)));
    assertThat(hub.target(alpha, "web").judged().message()).contains("new disks", "a leak");
    assertThat(hub.find(beta, "web")).isPresent();
    assertThat(hub.target(beta, "tools").held()).isEmpty();
    assertThat(hub.target(beta, "web").held()).isPresent();

    hub.store.advance(Duration.ofHours(2));
    hub.pass();

    assertThat(hub.store.suspensions.all()).isEmpty();
    assertThat(hub.statement(alpha).suspended()).isEmpty();
    assertThat(hub.target(alpha, "web").held()).isEmpty();
    assertThat(hub.target(beta, "web").desired()).isPresent();
  }

  @Test
  void aNewRevisionWaitsForTheWindowThatItsBundleDeclaresAndComesWhenItOpens() throws Exception {
    hub.reconcile();
    bundle("web", "{}");
    String file = "apps/web/towline.yaml";
    git.write(
        file,
        Files.readString(directory.resolve("origin/" + file))
            + "rollout: {windows: [{schedule: 0 9 * * *, duration: 1h, timezone: UTC}]}");
    configMap("web", "changed");
    configMap("tools", "changed");
    git.commit("change");

    hub.reconcile();

    TargetState web = hub.target(alpha, "web");
    assertThat(web.sequence()).isEqualTo(1);
    assertThat(web.judged().status()).isEqualTo(Status.WAITING);
    assertThat(web.judged().reason()).contains(Reason.AWAITING_WINDOW);
    assertThat(web.judged().message()).contains("2026-11-23 09:00 UTC");
    assertThat(hub.target(alpha, "tools").sequence()).isEqualTo(2);

    hub.store.advance(Duration.ofHours(1));
    hub.pass();

    assertThat(hub.target(alpha, "web").sequence()).isEqualTo(3);
    assertThat(hub.target(alpha, "web").held()).isEmpty();
  }

  @Test
  void anAgentIsToldWhenCorrectionsWaitForTheirWindowAndNewRevisionsDoNot() throws Exception {
    hub.reconcile();
    bundle("web", "{}");
    String file = "apps/web/towline.yaml";
    git.write(
        file,
        Files.readString(directory.resolve("origin/" + file))
            + "drift: {windows: [{schedule: 0 9 * * *, duration: 1h, timezone: UTC}]}");
    configMap("web", "changed");
    git.commit("change");

    hub.reconcile();

    assertThat(hub.target(alpha, "web").held()).isEmpty();
    assertThat(hub.target(alpha, "web").sequence()).isEqualTo(2);
    assertThat(hub.statement(alpha).suspended())
        .containsExactly(
            new Suspension(
                "web",
                Suspension.Extent.CORRECTIONS,
                "Corrections wait for the change window, which opens 2026-11-23 09:00 UTC"
                    + " (2026-11-23T09:00:00Z).",
                Optional.of(Instant.parse("2026-11-23T09:00:00Z"))));
    hub.store.advance(Duration.ofHours(1));

    hub.pass();

    assertThat(hub.statement(alpha).suspended()).isEmpty();
    hub.store.advance(Duration.ofHours(1));
    hub.pass();
    assertThat(hub.statement(alpha).suspended()).hasSize(1);
  }

  @Test
  void whatGitSuspendsHoldsUntilGitOrItsTimeEndsItAndAlsoWhileItCannotBeRead() throws Exception {
    hub.reconcile();
    suspend("web", "{reason: a leak, until: 2026-11-23T12:00:00+02:00}");
    git.commit("suspend");

    hub.reconcile();

    Instant end = Instant.parse("2026-11-23T10:00:00Z");
    assertThat(hub.statement(alpha).suspended())
        .containsExactly(
            new Suspension(
                "web",
                "The bundle is suspended until 2026-11-23T10:00:00Z by apps/web/towline.yaml:"
                    + " a leak.",
                Optional.of(end)));
    git.write("apps/web/towline.yaml", "name: web", "targets: 7");
    git.commit("break");
    hub.reconcile();
    assertThat(hub.statement(alpha).suspended()).hasSize(1);

    hub.store.advance(Duration.ofHours(2));
    hub.pass();

    assertThat(hub.statement(alpha).suspended()).isEmpty();
    suspend("web", "{reason: again}");
    git.commit("suspend again");
    hub.reconcile();
    assertThat(hub.statement(alpha).suspended()).hasSize(1);
    bundle("web", "{}");
    git.commit("go on");
    hub.reconcile();
    assertThat(hub.statement(alpha).suspended()).isEmpty();
    assertThat(hub.target(alpha, "web").held()).isEmpty();
  }

  @Test
  void aSuspendedBundleThatLeavesGitIsRemovedOnlyAfterwards() throws Exception {
    hub.reconcile();
    Scope bundle = new Scope(Optional.of("web"), Optional.empty());
    hub.store.suspensions.suspend(bundle, "kim", "a leak", Optional.empty());
    git.remove("apps/web/towline.yaml");
    git.remove("apps/web/cm.yaml");
    git.commit("leave");

    hub.reconcile();

    assertThat(hub.statement(alpha).deletions()).isEmpty();
    assertThat(hub.statement(alpha).bundles()).extracting(BundleEntry::name).contains("web");

    hub.store.suspensions.resume(bundle, "kim");
    hub.pass();

    assertThat(hub.statement(alpha).deletions()).isNotEmpty();
  }

  @Test
  void aManifestThatCannotBeReadKeepsTheLastGoodOneAndStopsNoOther() throws Exception {
    hub.reconcile();
    git.write("apps/web/cm.yaml", "apiVersion: v1", "kind: [");
    configMap("tools", "changed");
    git.commit("break");

    hub.reconcile();

    Statement statement = hub.statement(alpha);
    assertThat(statement.sequence()).isEqualTo(2);
    assertThat(statement.bundles()).extracting(BundleEntry::name).containsExactly("tools", "web");
    TargetState web = hub.target(alpha, "web");
    assertThat(web.sequence()).isEqualTo(1);
    assertThat(web.judged().status()).isEqualTo(Status.FAILED);
    assertThat(web.judged().message()).contains("apps/web/cm.yaml:");
    assertThat(hub.store.bundles.all().values())
        .filteredOn(bundle -> bundle.held().isPresent())
        .extracting(Bundles.Bundle::name)
        .containsExactly("web");
    assertThat(hub.store.count("problem")).isEqualTo(1);
    assertThat(statement.deletions()).isEmpty();
  }

  @Test
  void aDeclarationThatCannotBeReadRemovesNothing() throws Exception {
    hub.reconcile();
    git.write("apps/web/towline.yaml", "apiVersion: towline.io/v1alpha1", "kind: Bundle", "nam: x");
    git.commit("break the declaration");

    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.target(alpha, "web").judged().status()).isEqualTo(Status.FAILED);
    assertThat(hub.target(alpha, "web").desired()).isPresent();
    assertThat(hub.target(alpha, "tools").held()).isEmpty();
  }

  @Test
  void aBundleThatLeftGitIsDeletedObjectByObject() throws Exception {
    hub.reconcile();
    git.remove("apps/web/towline.yaml").remove("apps/web/cm.yaml");
    git.commit("remove");

    hub.store.contacts.heard(alpha, hub.store.instant(), Optional.empty(), Optional.empty());
    hub.reconcile();

    Statement statement = hub.statement(alpha);
    assertThat(statement.bundles()).extracting(BundleEntry::name).containsExactly("tools");
    assertThat(statement.deletions())
        .containsExactly(
            new Deletion("web", new ObjectRef("v1", "ConfigMap", "default", "web"), 2));
    assertThat(hub.target(alpha, "web").removing()).isTrue();
  }

  @Test
  void aSourceThatBecameEmptyRemovesNothing() throws Exception {
    hub.reconcile();
    for (String bundle : new String[] {"web", "tools"}) {
      git.remove("apps/" + bundle + "/towline.yaml").remove("apps/" + bundle + "/cm.yaml");
    }
    git.write("README.md", "empty");
    git.commit("empty");

    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.target(alpha, "web").held().orElseThrow().reason())
        .isEqualTo(Reason.SOURCE_EMPTY);
  }

  @Test
  void aSourceThatCannotBeFetchedKeepsEverythingAndSaysWhy() throws Exception {
    hub.reconcile();
    Files.move(directory.resolve("origin"), directory.resolve("gone"));

    hub.reconcile();
    hub.restart(Map.of("fleet", git.url()));
    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.target(alpha, "web").held()).isEmpty();
    assertThat(hub.store.count("event")).isEqualTo(1);
    Files.move(directory.resolve("gone"), directory.resolve("origin"));
  }

  @Test
  void aHubThatLostItsMirrorAndItsGitServerRemovesNothing() throws Exception {
    hub.reconcile();
    Files.move(directory.resolve("origin"), directory.resolve("gone"));
    Files.move(directory.resolve("data/git"), directory.resolve("lost"));

    hub.restart(Map.of("fleet", git.url()));
    hub.pass();
    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.target(alpha, "web").desired()).isPresent();
    Files.move(directory.resolve("gone"), directory.resolve("origin"));
  }

  @Test
  void aSourceThatLeftTheConfigurationTakesItsObjectsAway() throws Exception {
    hub.reconcile();
    hub.store.contacts.heard(alpha, hub.store.instant(), Optional.empty(), Optional.empty());

    hub.restart(Map.of());
    hub.pass();

    Statement statement = hub.statement(alpha);
    assertThat(statement.bundles()).isEmpty();
    assertThat(statement.intent()).isEqualTo(Intent.CLEAR);
    assertThat(statement.deletions()).hasSize(2);
  }

  @Test
  void aClusterFileDecidesWhatItsClusterRuns() throws Exception {
    bundle("web", "{matchLabels: {env: prod}}");
    git.commit("only prod");
    hub.reconcile();
    assertThat(hub.find(alpha, "web")).isEmpty();

    cluster("alpha", "prod");
    git.commit("alpha is prod");
    hub.reconcile();
    assertThat(hub.find(alpha, "web")).isPresent();
    assertThat(hub.store.clusters.all().getFirst().labels())
        .containsExactly(Map.entry("env", "prod"));

    git.write(
        "clusters/alpha.yaml", "apiVersion: towline.io/v1alpha1", "kind: Cluster", "labels: [");
    git.commit("break it");
    long before = hub.sequence(alpha);
    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(before);
    assertThat(hub.target(alpha, "web").desired()).isPresent();
    assertThat(hub.store.clusters.all().getFirst().labels())
        .containsExactly(Map.entry("env", "prod"));
  }

  @Test
  void aClusterThatIsRegisteredLaterGetsItsEnvelope() throws Exception {
    hub.reconcile();
    KnownCluster late = hub.store.cluster("late");

    hub.pass();

    assertThat(hub.statement(late).bundles()).hasSize(2);
    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.store.count("render")).isEqualTo(2);
  }

  @Test
  void anEnvelopeIsRenewedAtHalfOfItsLife() throws Exception {
    hub.reconcile();
    hub.store.advance(Duration.ofHours(12).minusSeconds(1));
    hub.pass();
    assertThat(hub.sequence(alpha)).isEqualTo(1);

    hub.store.advance(Duration.ofSeconds(1));
    hub.pass();

    assertThat(hub.sequence(alpha)).isEqualTo(2);
    assertThat(hub.statement(alpha).issuedAt()).isEqualTo(hub.store.instant());
    assertThat(hub.target(alpha, "web").sequence()).isEqualTo(1);
    hub.pass();
    assertThat(hub.sequence(alpha)).isEqualTo(2);
  }

  @Test
  void anAgentThatIsAheadOfARestoredHubGetsAnEnvelopeAboveItsOwn() throws Exception {
    hub.reconcile();
    hub.store.contacts.heard(
        alpha,
        hub.store.instant(),
        Optional.empty(),
        Optional.of(new Contacts.Position(1, 40, StoreFixture.payload(40))));

    hub.pass();

    assertThat(hub.sequence(alpha)).isEqualTo(41);
    hub.pass();
    assertThat(hub.sequence(alpha)).isEqualTo(41);
  }

  @Test
  void anAgentThatHoldsTheSequenceThatIsSignedNextGetsOneMore() throws Exception {
    hub.reconcile();
    // Of the epoch that the hub hears of only now.
    hub.store.contacts.heard(
        alpha,
        hub.store.instant(),
        Optional.empty(),
        Optional.of(new Contacts.Position(2, 2, StoreFixture.payload(2))));
    hub.signing.submit(hub.nextRoot(root -> root, true));

    hub.pass();

    assertThat(hub.statement(alpha).sequence()).isEqualTo(3);
    assertThat(hub.statement(alpha).previous()).isEmpty();
  }

  @Test
  void anAgentThatHoldsAnotherEnvelopeOfASequenceGetsOneThatFollowsNone() throws Exception {
    hub.reconcile();
    configMap("web", "changed before the agent connects");
    git.commit("change");
    hub.reconcile();
    assertThat(hub.statement(alpha).previous().orElseThrow().sequence()).isEqualTo(1);
    hub.store.contacts.heard(
        alpha,
        hub.store.instant(),
        Optional.empty(),
        Optional.of(new Contacts.Position(1, 1, StoreFixture.payload(1))));

    hub.pass();

    assertThat(hub.statement(alpha).sequence()).isEqualTo(4);
    assertThat(hub.statement(alpha).previous()).isEmpty();
    hub.pass();
    assertThat(hub.sequence(alpha)).isEqualTo(4);
  }

  @Test
  void aClusterWithoutASequenceLeftStopsNoOther() throws Exception {
    KnownCluster beta = hub.store.cluster("beta");
    hub.store.database.inTransaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.executeUpdate(
                "update cluster set next_sequence = 9007199254740992 where name = 'alpha'");
          }
        });

    hub.reconcile();

    assertThat(hub.sequence(alpha)).isZero();
    assertThat(hub.sequence(beta)).isEqualTo(1);
  }

  @Test
  void twoBundlesWithOneObjectOnOneClusterDoNotFight() throws Exception {
    hub.reconcile();
    git.write("apps/tools/cm.yaml", object("web", "stolen"));
    git.commit("claim what web has");

    hub.reconcile();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(hub.target(alpha, "tools").held().orElseThrow().reason())
        .isEqualTo(Reason.OBJECT_CONFLICT);
    assertThat(hub.target(alpha, "web").held()).isEmpty();
  }

  @Test
  void aReconcileRequestReturnsOnceWhatWasFetchedIsPublished() throws Exception {
    try (JourneyFixture running =
        new JourneyFixture(directory.resolve("running"), Map.of("fleet", git.url()))) {
      KnownCluster cluster = running.store.cluster("gamma");
      running.store.tick();
      running.journeyNow().start();

      running.journeyNow().sources().reconcile("fleet");

      assertThat(running.sequence(cluster)).isEqualTo(1);
    }
  }

  private void bundle(String name, String clusters) throws Exception {
    git.write(
        "apps/" + name + "/towline.yaml",
        "apiVersion: towline.io/v1alpha1",
        "kind: Bundle",
        "name: " + name,
        "namespace: default",
        "targets:",
        "  - name: all",
        "    clusters: " + clusters);
  }

  private void suspend(String name, String how) throws Exception {
    bundle(name, "{}");
    String file = "apps/" + name + "/towline.yaml";
    git.write(file, Files.readString(directory.resolve("origin/" + file)) + "suspend: " + how);
  }

  private void cluster(String name, String env) throws Exception {
    git.write(
        "clusters/" + name + ".yaml",
        "apiVersion: towline.io/v1alpha1",
        "kind: Cluster",
        "name: " + name,
        "labels: {env: " + env + "}");
  }

  private void configMap(String bundle, String value) throws Exception {
    git.write("apps/" + bundle + "/cm.yaml", object(bundle, value));
  }

  private static String object(String name, String value) {
    return String.join(
        "\n",
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata: {name: " + name + "}",
        "data: {value: " + value + "}");
  }
}
