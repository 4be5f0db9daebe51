package io.towline.hub.app;

import io.towline.hub.git.GitConfig;
import io.towline.hub.git.Mirror;
import io.towline.hub.git.PollSchedule;
import io.towline.hub.git.Source;
import io.towline.hub.render.Renderer;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.sign.EnvelopeSigner;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.Bundles;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.CommitSignatures;
import io.towline.hub.store.Deletions;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Events;
import io.towline.hub.store.Publications;
import io.towline.hub.store.Renders;
import io.towline.hub.store.SealRecipients;
import io.towline.hub.store.Sources;
import io.towline.hub.store.Sources.Configured;
import io.towline.hub.store.Suspensions;
import io.towline.hub.store.Targets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * The way from a commit to published envelopes, put together: the sources' loops and the passes
 * that they ask for. Starts nothing by itself. Thread-safe.
 */
final class Journey {
  /** Passes without anyone asking: envelopes are renewed by them, at half of their life. */
  static final Duration MAX_RENEWAL_CHECK = Duration.ofMinutes(10);

  /** A pass at least so many times in one life of an envelope. */
  private static final int RENEWAL_CHECKS_A_LIFE = 16;

  private final ConvergenceLoop passes;
  private final SourceLoops sources;
  private final Sources table;
  private final Changes changes;
  private final Duration renewalCheck;
  private Optional<AutoCloseable> listening = Optional.empty();
  private Optional<LoopThread> passing = Optional.empty();
  private Optional<LoopThread> renewing = Optional.empty();

  /** What a journey writes to. */
  record Stores(
      BodyStore bodies,
      Renders renders,
      Publications publications,
      Clusters clusters,
      Targets targets,
      Deletions deletions,
      Envelopes envelopes,
      Bundles bundles,
      Sources sources,
      CommitSignatures signatures,
      Events events,
      SealRecipients seals,
      Suspensions suspensions,
      Changes changes) {}

  /** What does the work. */
  record Steps(
      Resolver resolver,
      Renderer renderer,
      Supplier<EnvelopeSigner> signers,
      HubMetrics metrics,
      InstantSource clock,
      RandomGenerator random) {}

  /**
   * Puts it together.
   *
   * @param mirrors the directory of the mirrors
   */
  Journey(List<Source> configured, GitConfig git, Path mirrors, Stores stores, Steps steps) {
    this.table = stores.sources();
    this.changes = stores.changes();
    this.renewalCheck = renewalCheck(steps.signers().get().envelopeLife());
    Manifests manifests = new Manifests(stores.bodies());
    Readings readings = new Readings();
    Set<String> names = configured.stream().map(Source::name).collect(Collectors.toSet());
    Set<String> declaring =
        configured.stream()
            .filter(Source::declaresClusters)
            .map(Source::name)
            .collect(Collectors.toSet());
    this.passes =
        new ConvergenceLoop(
            new Convergence(
                    names,
                    declaring,
                    readings,
                    steps.resolver(),
                    new RenderRound(
                        steps.renderer(),
                        stores.bodies(),
                        stores.renders(),
                        manifests,
                        steps.metrics()),
                    new Publisher(stores.publications(), manifests, steps.signers(), steps.clock()),
                    stores.clusters(),
                    stores.targets(),
                    stores.deletions(),
                    stores.envelopes(),
                    new Declarations(stores.bundles(), stores.sources()),
                    new Seals(stores.seals(), stores.bodies()),
                    stores.suspensions(),
                    steps.clock())
                ::run,
            Thread::sleep,
            steps.clock());
    this.sources = new SourceLoops();
    for (Source source : configured) {
      Mirror mirror = Mirror.open(mirrors, source, git, stores.signatures(), steps.clock());
      PollSchedule schedule =
          new PollSchedule(source.interval(), steps.random(), steps.clock().instant());
      sources.add(
          new SourceLoop(
              mirror,
              schedule,
              steps.resolver(),
              readings,
              stores.sources(),
              stores.events(),
              passes,
              steps.metrics(),
              steps.clock()),
          mirror);
    }
  }

  static Duration renewalCheck(Duration life) {
    Duration part = life.dividedBy(RENEWAL_CHECKS_A_LIFE);
    return part.compareTo(MAX_RENEWAL_CHECK) > 0 ? MAX_RENEWAL_CHECK : part;
  }

  /** The sources that are followed. */
  SourceLoops sources() {
    return sources;
  }

  /** The passes. */
  ConvergenceLoop passes() {
    return passes;
  }

  /** Makes the store know the sources, and reads what the mirrors hold of them. Idempotent. */
  synchronized void prepare() {
    table.configure(
        sources.sources().stream()
            .map(
                source ->
                    new Configured(
                        source.name(),
                        source.url().shown(),
                        source.wanted().ref(),
                        source.commits().word()))
            .toList());
    sources.all().forEach(SourceLoop::recall);
  }

  /** Begins to follow the sources; a first pass runs from what the mirrors hold. */
  synchronized void start() {
    prepare();
    listening =
        Optional.of(
            changes.listen(
                topic -> {
                  if (topic == Changes.Topic.CLUSTERS || topic == Changes.Topic.ROOT) {
                    passes.ask();
                  }
                }));
    passing = Optional.of(LoopThread.start("passes", passes::run));
    sources.start();
    passes.ask();
    renewing = Optional.of(Periodic.start("renewal", renewalCheck, passes::ask));
  }

  /** Stops following; what was being published is published or not, and never half. */
  synchronized void stop() {
    listening.ifPresent(Journey::close);
    List<LoopThread> loops = new ArrayList<>(sources.stop());
    renewing.ifPresent(loops::add);
    passing.ifPresent(loops::add);
    LoopThread.stop(loops);
    sources.close();
    renewing = Optional.empty();
    listening = Optional.empty();
    passing = Optional.empty();
  }

  private static void close(AutoCloseable listener) {
    try {
      listener.close();
    } catch (Exception e) {
      throw new IllegalStateException("A listener could not be removed", e);
    }
  }
}
