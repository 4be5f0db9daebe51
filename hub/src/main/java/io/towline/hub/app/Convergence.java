package io.towline.hub.app;

import io.towline.envelope.Deletion;
import io.towline.hub.app.Publisher.Result;
import io.towline.hub.app.Publisher.Work;
import io.towline.hub.app.Readings.Reading;
import io.towline.hub.app.RenderRound.Done;
import io.towline.hub.app.RenderRound.Task;
import io.towline.hub.git.FileTree;
import io.towline.hub.resolve.BundleDeclaration;
import io.towline.hub.resolve.ChangeWindow;
import io.towline.hub.resolve.ClusterDeclaration;
import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.resolve.Holds;
import io.towline.hub.resolve.Problem;
import io.towline.hub.resolve.Resolution;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.resolve.Target;
import io.towline.hub.rollout.AbsenceRule;
import io.towline.hub.rollout.Assignment;
import io.towline.hub.rollout.ChangeWindows;
import io.towline.hub.rollout.SealRule;
import io.towline.hub.rollout.Wish;
import io.towline.hub.sign.SignException;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Clusters.GitLabels;
import io.towline.hub.store.Deletions;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Envelopes.Standing;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Suspension;
import io.towline.hub.store.Suspensions;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.hub.store.TargetState;
import io.towline.hub.store.Targets;
import io.towline.vocabulary.LogKeys;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * One pass over the journey from what Git says now to what every cluster is given: resolve, render,
 * plan, sign, store. Level-based: it looks at everything there is and changes what differs, so that
 * it may be run at any time and any number of times. Not thread-safe: passes follow each other.
 */
final class Convergence {
  private static final Logger LOG = Logger.getLogger(Convergence.class);

  private final Set<String> configured;
  private final Set<String> declaring;
  private final Readings readings;
  private final Resolver resolver;
  private final RenderRound renders;
  private final Publisher publisher;
  private final Clusters clusters;
  private final Targets targets;
  private final Deletions deletions;
  private final Envelopes envelopes;
  private final Declarations declarations;
  private final Seals seals;
  private final Suspensions suspensions;
  private final InstantSource clock;

  /**
   * Makes one.
   *
   * @param configured names of all sources of the configuration
   * @param declaring names of those whose Cluster files count
   */
  Convergence(
      Set<String> configured,
      Set<String> declaring,
      Readings readings,
      Resolver resolver,
      RenderRound renders,
      Publisher publisher,
      Clusters clusters,
      Targets targets,
      Deletions deletions,
      Envelopes envelopes,
      Declarations declarations,
      Seals seals,
      Suspensions suspensions,
      InstantSource clock) {
    this.configured = Set.copyOf(configured);
    this.declaring = Set.copyOf(declaring);
    this.readings = readings;
    this.resolver = resolver;
    this.renders = renders;
    this.publisher = publisher;
    this.clusters = clusters;
    this.targets = targets;
    this.deletions = deletions;
    this.envelopes = envelopes;
    this.declarations = declarations;
    this.seals = seals;
    this.suspensions = suspensions;
    this.clock = clock;
  }

  /**
   * What a pass did.
   *
   * @param published clusters that got a new envelope
   * @param failed clusters for which nothing could be published
   * @param again whether another pass has to follow
   * @param next when something ends or begins by itself, and another pass has to run
   */
  record Pass(int published, int failed, boolean again, Optional<Instant> next) {}

  /** Runs one pass. */
  Pass run() throws InterruptedException {
    publisher.beginPass();
    List<Reading> read = readings.all();
    boolean labelsRead = labelsRead(read);
    Resolution resolution =
        resolver.join(
            read.stream().map(Reading::declarations).toList(),
            labelsRead ? clusters.registered() : clusters.all());
    if (labelsRead) {
      clusters.declare(labels(resolution), resolution.holds().clusters());
    }
    Map<Task, Done> rendered = render(read, resolution);
    declarations.write(configured, read, resolution, rendered);
    List<Suspension> suspended =
        suspensions.settle(suspendedInGit(resolution), unread(read, resolution, labelsRead));
    return publish(resolution, rendered, rule(read, resolution), suspended);
  }

  /** Without every Cluster file in sight, the labels stay as they were. */
  private boolean labelsRead(List<Reading> read) {
    Set<String> sound =
        read.stream()
            .filter(reading -> reading.declarations().sound())
            .map(Reading::source)
            .collect(Collectors.toSet());
    return sound.containsAll(declaring);
  }

  private static Map<String, GitLabels> labels(Resolution resolution) {
    Map<String, GitLabels> labels = new HashMap<>();
    resolution
        .clusters()
        .forEach((name, file) -> labels.put(name, new GitLabels(file.labels(), Map.of())));
    return labels;
  }

  private Map<Task, Done> render(List<Reading> read, Resolution resolution)
      throws InterruptedException {
    Map<String, FileTree> trees = new HashMap<>();
    read.forEach(reading -> trees.put(reading.source(), reading.snapshot().files()));
    return renders.run(
        resolution.targets().stream().map(Convergence::task).collect(Collectors.toSet()), trees);
  }

  static Task task(Target target) {
    return new Task(target.bundle().revision(), target.input(), target.policy());
  }

  private AbsenceRule rule(List<Reading> read, Resolution resolution) {
    Set<String> names = read.stream().map(Reading::source).collect(Collectors.toSet());
    Set<String> notEmpty =
        read.stream()
            .filter(reading -> !reading.declarations().bundles().isEmpty())
            .map(Reading::source)
            .collect(Collectors.toSet());
    Map<String, List<Problem>> problems = resolution.problemsBySource();
    return new AbsenceRule(configured, names, notEmpty, resolution.holds(), problems);
  }

  private static Map<String, ChangeWindows> windows(
      Resolution resolution, Function<BundleDeclaration, List<ChangeWindow>> which) {
    return resolution.bundles().stream()
        .filter(bundle -> !which.apply(bundle).isEmpty())
        .collect(
            Collectors.toMap(
                BundleDeclaration::name, bundle -> new ChangeWindows(which.apply(bundle))));
  }

  private static Set<Suspension> suspendedInGit(Resolution resolution) {
    Set<Suspension> suspended = new HashSet<>();
    for (BundleDeclaration bundle : resolution.bundles()) {
      bundle
          .suspended()
          .map(
              said ->
                  Suspension.ofGit(
                      new Scope(Optional.of(bundle.name()), Optional.empty()),
                      bundle.file(),
                      said.reason(),
                      said.until()))
          .ifPresent(suspended::add);
    }
    for (ClusterDeclaration cluster : resolution.clusters().values()) {
      cluster
          .suspended()
          .map(
              said ->
                  Suspension.ofGit(
                      new Scope(Optional.empty(), Optional.of(cluster.name())),
                      cluster.file(),
                      said.reason(),
                      said.until()))
          .ifPresent(suspended::add);
    }
    return suspended;
  }

  /** A mistake in Git ends no suspension: the file that said it has to be read without it. */
  private Predicate<Suspension> unread(
      List<Reading> read, Resolution resolution, boolean labelsRead) {
    Set<String> bundles =
        resolution.bundles().stream().map(BundleDeclaration::name).collect(Collectors.toSet());
    Holds holds = resolution.holds();
    boolean allRead =
        read.stream().map(Reading::source).collect(Collectors.toSet()).containsAll(configured)
            && holds.sources().isEmpty()
            && holds.places().isEmpty();
    return one ->
        one.scope()
            .bundle()
            .map(name -> !allRead && !bundles.contains(name))
            .orElseGet(
                () -> {
                  String cluster = one.scope().cluster().orElseThrow();
                  return !resolution.clusters().containsKey(cluster)
                      && (!labelsRead || holds.clusters().contains(cluster));
                });
  }

  private Pass publish(
      Resolution resolution, Map<Task, Done> rendered, AbsenceRule rule, List<Suspension> suspended)
      throws InterruptedException {
    Map<UUID, List<Wish>> wishes = wishes(resolution, rendered);
    Map<UUID, List<TargetState>> before = targets.all();
    Map<UUID, List<Deletion>> pending = deletions.all();
    Map<UUID, Standing> standings = envelopes.standings();
    Brakes brakes =
        new Brakes(
            suspended,
            clusters.cordons(),
            windows(resolution, BundleDeclaration::windows),
            windows(resolution, BundleDeclaration::correctionWindows),
            clock.instant());
    Set<UUID> offline = clusters.offline();
    int published = 0;
    int failed = 0;
    boolean again = false;
    for (ClusterFacts facts : clusters.all()) {
      if (Thread.interrupted()) {
        // Each cluster has its new envelope or not; the next pass goes on with the others.
        throw new InterruptedException();
      }
      Standing standing = standings.get(facts.id());
      if (standing == null) {
        again = true;
        continue;
      }
      Work work =
          new Work(
              new KnownCluster(facts.id(), facts.name()),
              standing,
              before.getOrDefault(facts.id(), List.of()),
              pending.getOrDefault(facts.id(), List.of()),
              wishes.getOrDefault(facts.id(), List.of()),
              (Assignment target) -> rule.of(target, facts.name()),
              bundle -> brakes.of(bundle, facts),
              brakes::uncorrected,
              offline.contains(facts.id()));
      try {
        Result result = publisher.publish(work);
        published += result == Result.PUBLISHED ? 1 : 0;
        again |= result == Result.AGAIN;
      } catch (SignException e) {
        // Of this cluster alone: another one may stand in another role of the root.
        failed++;
        LOG.errorf(
            "Nothing can be signed for a cluster %s=%s %s=%s: %s",
            LogKeys.CLUSTER, facts.name(), LogKeys.REASON, e.reason().word(), e.getMessage());
      }
    }
    publisher.endOfPass();
    return new Pass(published, failed, again, brakes.next());
  }

  private Map<UUID, List<Wish>> wishes(Resolution resolution, Map<Task, Done> rendered) {
    Map<UUID, List<String>> recipients = seals.clusters();
    Map<UUID, List<Wish>> wishes = new HashMap<>();
    for (Target target : resolution.targets()) {
      Done done = rendered.get(task(target));
      if (done == null) {
        throw new IllegalStateException("A target was not rendered");
      }
      wishes
          .computeIfAbsent(target.cluster().id(), id -> new ArrayList<>())
          .add(
              new Wish(
                  target.bundle().name(),
                  target.matchedTarget(),
                  target.matchedOverrides(),
                  SealRule.judge(
                      done.offer(),
                      recipients.getOrDefault(target.cluster().id(), List.of()),
                      seals::of)));
    }
    return wishes;
  }
}
