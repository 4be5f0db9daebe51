package io.towline.hub.app;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.towline.envelope.Dsse;
import io.towline.envelope.RootDocument;
import io.towline.envelope.Statement;
import io.towline.hub.git.GitConfig;
import io.towline.hub.git.Source;
import io.towline.hub.git.SourceConfig;
import io.towline.hub.render.RenderConfig;
import io.towline.hub.render.Renderer;
import io.towline.hub.resolve.DeclarationSchema;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.sign.OfflineKey;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.RootEdits;
import io.towline.hub.sign.SignConfig;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.StoreFixture;
import io.towline.hub.store.TargetState;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;

/** The journey with real Git, a real renderer and a real database; passes run when asked to. */
final class JourneyFixture implements AutoCloseable {
  final StoreFixture store;
  final Fleet fleet;
  private final Path data;
  private final Map<String, String> settings = new HashMap<>();
  private Journey journey;
  Signing signing;

  JourneyFixture(Path data, Map<String, String> sources) {
    this.data = data;
    this.store = new StoreFixture(data, false);
    this.fleet = store.fleet;
    settings.put("towline.git.allow-insecure", "true");
    configure(sources);
    this.signing = makeSigning();
    this.journey = journey();
  }

  /** An entry is a source and its address, or with a dot in its name another property. */
  private void configure(Map<String, String> sources) {
    settings.keySet().removeIf(key -> key.startsWith("towline.sources."));
    sources.forEach(
        (name, value) ->
            settings.put("towline.sources." + (name.contains(".") ? name : name + ".url"), value));
  }

  private SmallRyeConfig config() {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(GitConfig.class)
        .withMapping(SourceConfig.class)
        .withMapping(RenderConfig.class)
        .withMapping(SignConfig.class)
        .withDefaultValues(settings)
        .build();
  }

  private Signing makeSigning() {
    HubKeys keys = HubKeys.open(data, new SecureRandom());
    return new Signing(
        new Founding(store.fleet, keys, data, store).newestRoot(),
        keys,
        store.fleet,
        config().getConfigMapping(SignConfig.class),
        store.changes,
        store);
  }

  private Journey journey() {
    SmallRyeConfig config = config();
    GitConfig git = config.getConfigMapping(GitConfig.class);
    Journey made =
        new Journey(
            Source.of(config.getConfigMapping(SourceConfig.class), git),
            git,
            data.resolve("git"),
            new Journey.Stores(
                store.bodies,
                store.renders,
                store.publications,
                store.clusters,
                store.targets,
                store.deletions,
                store.envelopes,
                store.bundles,
                store.sources,
                store.signatures,
                store.events,
                store.seals,
                store.suspensions,
                store.changes),
            new Journey.Steps(
                new Resolver(new DeclarationSchema()),
                new Renderer(
                    config.getConfigMapping(RenderConfig.class),
                    data.resolve("scratch"),
                    List.of()),
                signing::newest,
                new HubMetrics(new SimpleMeterRegistry()),
                store,
                new Random(1)));
    made.prepare();
    return made;
  }

  Journey journeyNow() {
    return journey;
  }

  /** Stops the hub and starts it again with these sources. */
  void restart(Map<String, String> sources) {
    journey.stop();
    configure(sources);
    signing = makeSigning();
    journey = journey();
  }

  /** Fetches all sources and runs passes until there is nothing left to do. */
  void reconcile() throws InterruptedException {
    for (SourceLoop source : journey.sources().all()) {
      source.turn();
    }
    pass();
  }

  /** Runs passes until there is nothing left to do. */
  void pass() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      if (journey.passes().once()) {
        return;
      }
    }
    throw new AssertionError("The passes do not come to an end");
  }

  /** What the newest envelope of a cluster says. */
  Statement statement(KnownCluster cluster) {
    Envelopes.Stored stored = store.envelopes.newest(cluster.id()).orElseThrow();
    return Statement.parse(Dsse.parse(stored.dsse()).payload());
  }

  long sequence(KnownCluster cluster) {
    return store.envelopes.newest(cluster.id()).map(e -> e.head().sequence()).orElse(0L);
  }

  TargetState target(KnownCluster cluster, String bundle) {
    return find(cluster, bundle).orElseThrow();
  }

  Optional<TargetState> find(KnownCluster cluster, String bundle) {
    return store.targets.of(cluster.id()).stream()
        .filter(target -> target.bundle().equals(bundle))
        .findFirst();
  }

  /** The root after the newest one, signed by the hub's own root key. */
  byte[] nextRoot(UnaryOperator<RootDocument> edit, boolean epoch) {
    return after(signing.root(), edit, epoch);
  }

  /** A second root, whether or not there is one. */
  byte[] rootAfterFirst() {
    RootDocument first = RootDraft.read(fleet.rootsAfter(0).getFirst().dsse()).document();
    return after(first, UnaryOperator.identity(), true);
  }

  private byte[] after(RootDocument before, UnaryOperator<RootDocument> edit, boolean epoch) {
    OfflineKey key = OfflineKey.read(data.resolve("keys/root.key"), () -> new char[0]);
    RootDocument next =
        edit.apply(RootEdits.next(before, store.instant(), Duration.ofDays(90), epoch));
    return RootDraft.unsigned(next).signed(key, Optional.of(before)).bytes();
  }

  @Override
  public void close() {
    journey.stop();
    store.close();
  }
}
