package io.towline.hub.store;

import static io.towline.hub.store.StoreFixture.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.BundleManifest;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.Publications.Outcome;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
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
  void forgetsBodiesThatNeitherAnEnvelopeNorARenderNames() {
    store.render("web", "a");
    store.advance(Retention.RENDERS_KEPT_FOR.plusMinutes(1));

    Retention.Forgotten forgotten = store.retention.run();

    assertThat(forgotten.renders()).isEqualTo(1);
    assertThat(forgotten.bodies()).isEqualTo(2);
    assertThat(store.count("body")).isZero();
    assertThat(store.count("manifest_object")).isZero();
  }

  @Test
  void keepsWhatAnEnvelopeCarriesHoweverOld() {
    BundleManifest web = store.render("web", "a");
    store.publish(cluster, 1, plan(web));
    store.advance(Duration.ofDays(400));

    store.retention.run();

    assertThat(store.bodies.manifest(web.digest())).contains(web);
    assertThat(store.bodies.bytes(web.objects().getFirst().digest())).isPresent();
  }

  @Test
  void keepsAnObjectThatAnotherManifestShares() {
    BundleManifest old = store.render("web", "a", "b");
    store.publish(cluster, 1, plan(old));
    BundleManifest next = store.render("web", "a");
    for (int sequence = 2; sequence <= Envelopes.KEPT + 1; sequence++) {
      store.publish(cluster, sequence, plan(next));
    }
    store.advance(Retention.RENDERS_KEPT_FOR.plusMinutes(1));

    store.retention.run();

    assertThat(store.bodies.manifest(old.digest())).isEmpty();
    assertThat(store.bodies.bytes(next.objects().getFirst().digest())).isPresent();
    assertThat(store.count("body")).isEqualTo(2);
  }

  @Test
  void aRenderThatWasJustFoundAgainCanStillBePublished() {
    BundleManifest web = store.render("web", "a");
    store.advance(Retention.RENDERS_KEPT_FOR.plusMinutes(1));

    store.renders.find(StoreFixture.input("web", "a"));
    store.retention.run();

    assertThat(store.publish(cluster, 1, plan(web))).isEqualTo(Outcome.PUBLISHED);
  }

  @Test
  void aBodyThatWasJustRenderedAnewIsKeptThoughItIsOld() {
    store.render("web", "a");
    store.advance(Retention.RENDERS_KEPT_FOR.plusMinutes(1));

    BundleManifest again = store.render("web", "a");
    store.retention.run();

    assertThat(store.bodies.manifest(again.digest())).isPresent();
    assertThat(store.publish(cluster, 1, plan(again))).isEqualTo(Outcome.PUBLISHED);
  }

  @Test
  void forgetsOldEventsOnly() {
    store.events.add(List.of(event("old")));
    store.advance(Events.KEPT_FOR.plusSeconds(1));
    store.events.add(List.of(event("new"), event("new")));
    assertThat(store.count("event")).isEqualTo(2);

    store.retention.run();

    assertThat(store.count("event")).isEqualTo(1);
  }

  private Event event(String message) {
    return Event.ofHub(
        Optional.of(cluster.id()),
        false,
        Reason.PROGRESSING,
        "Fetch",
        "",
        message,
        store.instant());
  }
}
