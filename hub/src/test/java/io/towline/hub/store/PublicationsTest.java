package io.towline.hub.store;

import static io.towline.hub.store.StoreFixture.plan;
import static io.towline.hub.store.StoreFixture.ref;
import static io.towline.hub.store.StoreFixture.removing;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.hub.store.Contacts.Position;
import io.towline.hub.store.Publications.Outcome;
import io.towline.hub.store.Reports.Batch;
import io.towline.hub.store.Reports.Deleted;
import io.towline.hub.store.Reports.TargetSaid;
import io.towline.vocabulary.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationsTest {
  @TempDir Path data;
  private StoreFixture store;
  private KnownCluster cluster;

  @BeforeEach
  void open() {
    store = new StoreFixture(data);
    cluster = store.cluster("alpha");
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void publishesAnEnvelopeWithItsTargets() {
    BundleManifest web = store.render("web", "a");
    store.forgetChanges();

    assertThat(store.publish(cluster, 1, plan(web))).isEqualTo(Outcome.PUBLISHED);

    assertThat(store.envelopes.manifests(cluster.id()))
        .containsOnly(Map.entry("web", web.digest()));
    assertThat(store.targets.of(cluster.id()))
        .singleElement()
        .satisfies(
            target -> {
              assertThat(target.desired()).contains(StoreFixture.entry(web));
              assertThat(target.sequence()).isEqualTo(1);
              assertThat(target.judged().status()).isEqualTo(Status.PROGRESSING);
            });
    assertThat(standing().next()).isEqualTo(2);
    assertThat(store.changed())
        .containsExactly("clusters/alpha", "bundles/web/targets/alpha", "bundles/web");
    assertThat(store.announced).contains(Changes.Topic.ENVELOPE, Changes.Topic.FLEET);
  }

  @Test
  void letsExactlyOneOfTwoPublishersHaveASequence() throws Exception {
    BundleManifest web = store.render("web", "a");
    Callable<Outcome> publish = () -> store.publish(cluster, 1, plan(web));

    List<Outcome> outcomes;
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Outcome>> futures = threads.invokeAll(List.of(publish, publish));
      outcomes = List.of(futures.getFirst().get(), futures.getLast().get());
    }

    assertThat(outcomes).containsExactlyInAnyOrder(Outcome.PUBLISHED, Outcome.OVERTAKEN);
    assertThat(store.count("envelope")).isEqualTo(1);
  }

  @Test
  void refusesAnEnvelopeWhoseManifestIsNotStored() {
    BundleManifest web =
        new BundleManifest("web", List.of(), io.towline.envelope.Policy.defaults());

    assertThat(store.publish(cluster, 1, plan(web))).isEqualTo(Outcome.BODY_MISSING);
    assertThat(store.count("envelope")).isZero();
    assertThat(standing().next()).isEqualTo(1);
  }

  @Test
  void keepsOnlyTheNewestEnvelopes() {
    BundleManifest web = store.render("web", "a");

    for (int sequence = 1; sequence <= Envelopes.KEPT + 4; sequence++) {
      store.publish(cluster, sequence, plan(web));
    }

    assertThat(store.count("envelope")).isEqualTo(Envelopes.KEPT);
    assertThat(standing().newest().orElseThrow().sequence()).isEqualTo(Envelopes.KEPT + 4);
  }

  @Test
  void keepsWhatTheAgentSaidWhenItPublishesAnew() {
    BundleManifest first = store.render("web", "a");
    BundleManifest second = store.render("web", "a", "b");
    store.publish(cluster, 1, plan(first));
    say(1, new TargetSaid("web", store.ready(first)));
    assertThat(status("web")).isEqualTo(Status.READY);

    store.publish(cluster, 2, plan(second));

    assertThat(store.targets.of(cluster.id()).getFirst().reported()).contains(store.ready(first));
    assertThat(status("web")).isEqualTo(Status.PROGRESSING);
  }

  @Test
  void aTargetThatStaysTheSameKeepsItsSequenceAndSinceWhen() {
    BundleManifest web = store.render("web", "a");
    store.publish(cluster, 1, plan(web));
    TargetState before = store.targets.of(cluster.id()).getFirst();
    store.advance(Duration.ofHours(1));
    store.forgetChanges();

    store.publish(cluster, 2, plan(web));

    assertThat(store.targets.of(cluster.id())).containsExactly(before);
    assertThat(store.changed()).containsExactly("clusters/alpha");
  }

  @Test
  void aRemovedTargetStaysUntilTheAgentDeletedWhatItHad() {
    BundleManifest web = store.render("web", "a");
    store.publish(cluster, 1, plan(web));
    hold(1);
    Deletion deletion = new Deletion("web", ref("a"), 2);
    store.publications.publish(store.publication(cluster, 2, List.of(deletion), removing("web")));
    hold(2);
    assertThat(store.targets.of(cluster.id())).singleElement().matches(TargetState::removing);

    say(1, new Deleted(new Deletion("web", ref("a"), 1)));
    assertThat(store.deletions.of(cluster.id())).containsExactly(deletion);

    say(2, new Deleted(deletion));
    assertThat(store.deletions.of(cluster.id())).isEmpty();
    assertThat(store.targets.of(cluster.id())).isEmpty();
  }

  @Test
  void aClusterThatNeverCalledHasNothingToDelete() {
    BundleManifest web = store.render("web", "a");
    store.publish(cluster, 1, plan(web));

    store.publications.publish(
        store.publication(cluster, 2, List.of(new Deletion("web", ref("a"), 2)), removing("web")));

    assertThat(store.targets.of(cluster.id())).isEmpty();
    assertThat(store.deletions.of(cluster.id())).isEmpty();
  }

  @Test
  void goesOnAboveAnAgentThatIsAheadAfterARestore() {
    BundleManifest web = store.render("web", "a");
    store.publish(cluster, 1, plan(web));
    store.announced.clear();

    hold(40);

    assertThat(standing())
        .satisfies(
            standing -> {
              assertThat(standing.next()).isEqualTo(41);
              assertThat(standing.overtaken()).isTrue();
            });
    assertThat(store.announced).contains(Changes.Topic.CLUSTERS);
  }

  @Test
  void followsAnAgentByTheLimitAndNotByOneMoreAndLeavesOtherClustersAlone() {
    KnownCluster other = store.cluster("beta");
    store.publish(cluster, 1, plan(store.render("web", "a")));

    hold(1 + Contacts.MAX_SEQUENCE_JUMP);
    assertThat(standing().next()).isEqualTo(2 + Contacts.MAX_SEQUENCE_JUMP);
    assertThat(standing().reachable(1)).isTrue();

    long beyond = 2 + 2 * Contacts.MAX_SEQUENCE_JUMP;
    hold(beyond);
    hold(beyond);
    assertThat(standing().next()).isEqualTo(2 + Contacts.MAX_SEQUENCE_JUMP);
    assertThat(standing().reachable(1)).isFalse();
    assertThat(events())
        .singleElement()
        .asString()
        .contains("SequenceRollback", "sequence " + beyond, "1048577 above", "--epoch");
    assertThat(Objects.requireNonNull(store.envelopes.standings().get(other.id())).next())
        .isEqualTo(1);
  }

  @Test
  void followsAnAgentOfALaterEpochAsSoonAsItHasTheRootOfThatEpoch() {
    store.publish(cluster, 1, plan(store.render("web", "a")));
    hold(2, 57);
    assertThat(standing().next()).isEqualTo(2);

    store.fleet.add(new Fleet.Root(2, StoreFixture.text("{}")), 2);
    hold(2, 57);

    assertThat(standing().next()).isEqualTo(58);
  }

  @Test
  void seesAnAgentThatHoldsAnotherEnvelopeOfTheSameSequence() {
    store.publish(cluster, 1, plan(store.render("web", "a")));

    store.contacts.heard(
        cluster,
        store.instant(),
        Optional.empty(),
        Optional.of(new Position(1, 1, Digest.of(new byte[] {9}))));

    assertThat(standing().overtaken()).isTrue();
  }

  private Envelopes.Standing standing() {
    return Objects.requireNonNull(store.envelopes.standings().get(cluster.id()));
  }

  private Status status(String bundle) {
    return store.targets.of(cluster.id()).stream()
        .filter(target -> target.bundle().equals(bundle))
        .findFirst()
        .orElseThrow()
        .judged()
        .status();
  }

  private List<String> events() {
    return store.database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select reason || ': ' || message from event",
                row -> row.getString(1)));
  }

  private void hold(long sequence) {
    hold(1, sequence);
  }

  private void hold(long epoch, long sequence) {
    store.contacts.heard(
        cluster,
        store.instant(),
        Optional.empty(),
        Optional.of(new Position(epoch, sequence, StoreFixture.payload(sequence))));
  }

  private void say(long number, Reports.Item... items) {
    store.reports.hello(cluster, 1);
    assertThat(store.reports.take(cluster, new Batch(1, number, false, List.of(items))).stored())
        .isEqualTo(new Reports.Numbered(1, number));
  }
}
