package io.towline.hub.resolve;

import io.towline.hub.resolve.BundleDeclaration.TargetRule;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which cluster gets which bundle in which form. Pure: it reads the trees it is given and
 * nothing else, and equal input gives equal output. Thread-safe.
 */
public final class Resolver {
  private final DeclarationSchema schema;

  public Resolver(DeclarationSchema schema) {
    this.schema = schema;
  }

  /**
   * Reads the declarations of one source. Depends on the commit and on whether the source may
   * declare clusters, and on nothing else.
   */
  public SourceDeclarations read(SourceSnapshot snapshot) {
    return new SourceReader(snapshot, schema).read();
  }

  /** Reads all sources and joins them; see {@link #join}. */
  public Resolution resolve(List<SourceSnapshot> sources, Collection<ClusterFacts> clusters) {
    return join(sources.stream().map(this::read).toList(), clusters);
  }

  /**
   * Joins what sources declare with the registered clusters.
   *
   * @param sources each once; their order does not matter
   * @param clusters with the labels of their registration, which hold where no Cluster file is
   */
  public Resolution join(List<SourceDeclarations> sources, Collection<ClusterFacts> clusters) {
    return new Joining(sources, clusters).join();
  }

  /** The state of one join. */
  private static final class Joining {
    private final List<SourceDeclarations> sources;
    private final List<ClusterFacts> registered;
    private final Map<String, List<Problem>> problems = new TreeMap<>();
    private final Set<String> heldSources = new HashSet<>();
    private final Set<String> heldBundles = new HashSet<>();
    private final Set<Holds.Place> heldPlaces = new HashSet<>();
    private final Set<String> heldClusters = new HashSet<>();

    Joining(List<SourceDeclarations> sources, Collection<ClusterFacts> clusters) {
      this.sources =
          sources.stream().sorted(Comparator.comparing(SourceDeclarations::source)).toList();
      this.registered = clusters.stream().sorted(Comparator.comparing(ClusterFacts::name)).toList();
    }

    Resolution join() {
      for (SourceDeclarations source : sources) {
        source.problems().forEach(problem -> report(source.source(), problem));
        if (!source.sound()) {
          heldSources.add(source.source());
        }
      }
      Map<String, ClusterDeclaration> declared = clusters();
      List<BundleDeclaration> bundles = bundles(declared);
      List<ClusterFacts> facts =
          registered.stream()
              .filter(cluster -> !heldClusters.contains(cluster.name()))
              .map(cluster -> withDeclaredLabels(cluster, declared))
              .toList();
      List<Target> targets = new ArrayList<>();
      for (BundleDeclaration bundle : bundles) {
        for (ClusterFacts cluster : facts) {
          target(bundle, cluster).ifPresent(targets::add);
        }
      }
      problems
          .values()
          .forEach(
              list ->
                  list.sort(
                      Comparator.comparing(Problem::file)
                          .thenComparingInt(Problem::line)
                          .thenComparingInt(Problem::column)));
      return new Resolution(
          bundles,
          targets,
          declared,
          problems,
          new Holds(heldSources, heldBundles, heldPlaces, heldClusters));
    }

    private void report(String source, Problem problem) {
      problems.computeIfAbsent(source, name -> new ArrayList<>()).add(problem);
    }

    private Map<String, ClusterDeclaration> clusters() {
      Map<String, ClusterDeclaration> declared = new TreeMap<>();
      boolean someUnnamed = false;
      for (SourceDeclarations source : sources) {
        for (SourceDeclarations.Cluster cluster : source.clusters()) {
          if (cluster.declaration().isEmpty()) {
            cluster.name().ifPresent(heldClusters::add);
            someUnnamed |= cluster.name().isEmpty();
            continue;
          }
          ClusterDeclaration declaration = cluster.declaration().get();
          ClusterDeclaration first = declared.putIfAbsent(declaration.name(), declaration);
          if (first != null) {
            report(
                source.source(),
                conflict(
                    "",
                    cluster.file(),
                    cluster.place(),
                    "cluster " + first.name(),
                    first.source(),
                    first.file()));
          }
        }
      }
      declared.keySet().removeAll(heldClusters);
      if (someUnnamed) {
        // The file that cannot be read may be any cluster's that no other file declares.
        registered.stream()
            .map(ClusterFacts::name)
            .filter(name -> !declared.containsKey(name))
            .forEach(heldClusters::add);
      }
      return declared;
    }

    private static Problem conflict(
        String bundle,
        String file,
        Position place,
        String what,
        String firstSource,
        String firstFile) {
      return new Problem(
          bundle,
          file,
          place.line(),
          place.column(),
          "name",
          Reason.NAME_CONFLICT,
          what + " is declared already by " + firstFile + " of source " + firstSource);
    }

    private List<BundleDeclaration> bundles(Map<String, ClusterDeclaration> declared) {
      Map<String, Found> byName = byName();
      Dependencies dependencies = new Dependencies();
      byName.forEach(
          (name, found) ->
              found
                  .bundle()
                  .declaration()
                  .ifPresent(
                      declaration -> dependencies.add(name, declaration.policy().dependsOn())));
      List<BundleDeclaration> sound = new ArrayList<>();
      Set<String> known = new TreeSet<>(declared.keySet());
      registered.forEach(cluster -> known.add(cluster.name()));
      for (Found found : byName.values()) {
        Optional<BundleDeclaration> declaration = found.bundle().declaration();
        if (declaration.isEmpty()
            || !dependenciesAreSound(found, declaration.get(), byName, dependencies)) {
          hold(found.source(), found.bundle());
        } else if (!heldSources.contains(found.source())) {
          sound.add(declaration.get());
          checkNames(found.source(), found.bundle(), known);
        }
      }
      return sound;
    }

    /** A bundle and its source. */
    private record Found(String source, SourceDeclarations.Bundle bundle) {}

    private void hold(String source, SourceDeclarations.Bundle bundle) {
      bundle.name().ifPresent(heldBundles::add);
      heldPlaces.add(new Holds.Place(source, bundle.directory()));
    }

    /** The bundles that have a name, the first of each, in the order of source and path. */
    private Map<String, Found> byName() {
      Map<String, Found> byName = new LinkedHashMap<>();
      for (SourceDeclarations source : sources) {
        for (SourceDeclarations.Bundle bundle : source.bundles()) {
          if (bundle.name().isEmpty()) {
            hold(source.source(), bundle);
            continue;
          }
          String name = bundle.name().get();
          Found first = byName.putIfAbsent(name, new Found(source.source(), bundle));
          if (first != null) {
            Position place =
                bundle.document().map(document -> document.valueAt("/name")).orElse(Position.START);
            report(
                source.source(),
                conflict(
                    name,
                    bundle.file(),
                    place,
                    "bundle " + name,
                    first.source(),
                    first.bundle().file()));
            heldPlaces.add(new Holds.Place(source.source(), bundle.directory()));
          }
        }
      }
      return byName;
    }

    /** A bundle that waits for one that there is not, or for itself, would wait for ever. */
    private boolean dependenciesAreSound(
        Found found,
        BundleDeclaration declaration,
        Map<String, Found> byName,
        Dependencies dependencies) {
      List<String> names = declaration.policy().dependsOn();
      if (names.isEmpty() || found.bundle().document().isEmpty()) {
        return true;
      }
      Findings findings =
          new Findings(found.bundle().file(), found.bundle().document().get(), declaration.name());
      for (int i = 0; i < names.size(); i++) {
        if (!byName.containsKey(names.get(i))) {
          findings.value(
              Findings.item("/dependsOn", i) + "/name",
              "there is no bundle "
                  + Findings.word(names.get(i))
                  + Nearest.hint(names.get(i), byName.keySet()));
        }
      }
      dependencies
          .cycle(declaration.name())
          .ifPresent(
              way ->
                  findings.value(
                      "/dependsOn",
                      "these bundles wait for each other: " + String.join(" \u2192 ", way)));
      findings.problems().forEach(problem -> report(found.source(), problem));
      return findings.isEmpty();
    }

    /**
     * A name that no cluster has selects nothing: that is said, but the bundle goes on, or removing
     * one cluster from the hub would stop a bundle everywhere.
     */
    private void checkNames(String source, SourceDeclarations.Bundle bundle, Set<String> known) {
      if (known.isEmpty() || bundle.document().isEmpty() || bundle.declaration().isEmpty()) {
        return;
      }
      Findings findings =
          new Findings(bundle.file(), bundle.document().get(), bundle.name().orElse(""));
      List<TargetRule> targets = bundle.declaration().get().targets();
      for (int i = 0; i < targets.size(); i++) {
        String pointer = Findings.item("/targets", i);
        checkNames(targets.get(i).clusters(), pointer + "/clusters", known, findings);
        if (targets.get(i).exclude().isPresent()) {
          checkNames(targets.get(i).exclude().get(), pointer + "/exclude", known, findings);
        }
      }
      findings.problems().forEach(problem -> report(source, problem));
    }

    private static void checkNames(
        ClusterSelector selector, String pointer, Set<String> known, Findings findings) {
      if (selector instanceof ClusterSelector.ByNames(List<String> names)) {
        for (int i = 0; i < names.size(); i++) {
          if (!known.contains(names.get(i))) {
            findings.value(
                Findings.item(pointer + "/names", i),
                "no cluster has the name "
                    + Findings.word(names.get(i))
                    + Nearest.hint(names.get(i), known));
          }
        }
      }
    }

    private static ClusterFacts withDeclaredLabels(
        ClusterFacts cluster, Map<String, ClusterDeclaration> declared) {
      ClusterDeclaration declaration = declared.get(cluster.name());
      return declaration == null
          ? cluster
          : new ClusterFacts(cluster.id(), cluster.name(), declaration.labels());
    }

    private static Optional<Target> target(BundleDeclaration bundle, ClusterFacts cluster) {
      return bundle.targets().stream()
          .filter(rule -> rule.matches(cluster))
          .findFirst()
          .map(
              rule ->
                  new Target(
                      bundle,
                      cluster,
                      rule.name(),
                      List.of(),
                      new RenderInput(
                          bundle.name(),
                          bundle.path(),
                          rule.form().orElse(bundle.form()),
                          bundle.nested(),
                          rule.namespace().or(bundle::namespace)),
                      bundle.policy()));
    }
  }
}
