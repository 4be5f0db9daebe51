package io.towline.hub.app;

import io.towline.hub.app.Readings.Reading;
import io.towline.hub.app.RenderRound.Done;
import io.towline.hub.app.RenderRound.Task;
import io.towline.hub.resolve.BundleDeclaration;
import io.towline.hub.resolve.Problem;
import io.towline.hub.resolve.Resolution;
import io.towline.hub.resolve.Target;
import io.towline.hub.rollout.Hold;
import io.towline.hub.rollout.Wish;
import io.towline.hub.store.Bundles;
import io.towline.hub.store.Bundles.Bundle;
import io.towline.hub.store.Sources;
import io.towline.hub.store.TargetState.Held;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes down for people which bundles there are, and what is wrong in their declarations. */
final class Declarations {
  private final Bundles bundles;
  private final Sources sources;

  Declarations(Bundles bundles, Sources sources) {
    this.bundles = bundles;
    this.sources = sources;
  }

  /** Writes what differs from what is written already. */
  void write(
      Set<String> configured, List<Reading> read, Resolution resolution, Map<Task, Done> rendered) {
    Map<String, Reading> bySource =
        read.stream().collect(Collectors.toMap(Reading::source, reading -> reading));
    Map<String, Set<Problem>> problems = new HashMap<>();
    for (Reading reading : read) {
      problems.put(
          reading.source(),
          new LinkedHashSet<>(
              resolution.problemsBySource().getOrDefault(reading.source(), List.of())));
    }
    Map<String, Rendering> renderings = renderings(resolution, rendered, problems);
    problems.forEach((source, found) -> sources.problems(source, List.copyOf(found)));
    writeBundles(configured, bySource, resolution, renderings);
  }

  /** What came of the renders of one bundle, over all of its variants. */
  private record Rendering(String revision, Optional<Hold> hold) {}

  private static Map<String, Rendering> renderings(
      Resolution resolution, Map<Task, Done> rendered, Map<String, Set<Problem>> problems) {
    Map<String, Rendering> renderings = new HashMap<>();
    for (Target target : resolution.targets()) {
      Done done = rendered.get(Convergence.task(target));
      if (done == null) {
        continue;
      }
      Set<Problem> known = problems.get(target.bundle().source());
      if (known != null) {
        known.addAll(done.problems());
      }
      Rendering one =
          switch (done.offer()) {
            case Wish.Rendered ok ->
                new Rendering(ok.content().entry().revision(), Optional.empty());
            case Wish.Failed failed -> new Rendering("", Optional.of(failed.hold()));
          };
      renderings.merge(
          target.bundle().name(),
          one,
          (a, b) ->
              new Rendering(
                  a.revision().isEmpty() ? b.revision() : a.revision(), a.hold().or(b::hold)));
    }
    return renderings;
  }

  private void writeBundles(
      Set<String> configured,
      Map<String, Reading> read,
      Resolution resolution,
      Map<String, Rendering> renderings) {
    Map<String, Bundle> before = bundles.all();
    List<Bundle> declared = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (BundleDeclaration bundle : resolution.bundles()) {
      Optional<Rendering> rendering = Optional.ofNullable(renderings.get(bundle.name()));
      String revision =
          rendering
              .map(Rendering::revision)
              .filter(text -> !text.isEmpty())
              .or(() -> Optional.ofNullable(before.get(bundle.name())).map(Bundle::revision))
              .orElse("");
      names.add(bundle.name());
      declared.add(
          new Bundle(
              bundle.name(),
              bundle.source(),
              bundle.path(),
              bundle.revision().commit(),
              revision,
              bundle.labels(),
              rendering.flatMap(Rendering::hold).map(Declarations::held)));
    }
    for (Reading reading : read.values()) {
      for (Problem problem :
          resolution.problemsBySource().getOrDefault(reading.source(), List.of())) {
        if (!problem.bundle().isEmpty() && names.add(problem.bundle())) {
          declared.add(broken(reading, problem, before.get(problem.bundle())));
        }
      }
    }
    Set<String> kept =
        before.values().stream()
            .filter(
                bundle ->
                    configured.contains(bundle.source())
                        && (!read.containsKey(bundle.source())
                            || resolution
                                .holds()
                                .keeps(bundle.source(), bundle.name(), bundle.path(), "")))
            .map(Bundle::name)
            .collect(Collectors.toSet());
    bundles.declare(declared, kept);
  }

  private static Bundle broken(
      Reading reading, Problem problem, @org.jspecify.annotations.Nullable Bundle before) {
    int slash = problem.file().lastIndexOf('/');
    return new Bundle(
        problem.bundle(),
        reading.source(),
        slash < 0 ? "" : problem.file().substring(0, slash),
        reading.commit(),
        before == null ? "" : before.revision(),
        before == null ? Map.of() : before.labels(),
        Optional.of(new Held(problem.reason(), problem.place() + ": " + problem.message())));
  }

  private static Held held(Hold hold) {
    return new Held(hold.reason(), hold.message());
  }
}
