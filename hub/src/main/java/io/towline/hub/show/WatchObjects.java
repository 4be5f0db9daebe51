package io.towline.hub.show;

import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.fleet.v1.WatchEvent;
import io.towline.hub.store.BundleQueries;
import io.towline.hub.store.ClusterQueries;
import io.towline.hub.store.Database;
import io.towline.hub.store.DriftQueries;
import io.towline.hub.store.EventQueries;
import io.towline.hub.store.Filter;
import io.towline.hub.store.Page;
import io.towline.hub.store.PageRequest;
import io.towline.hub.store.SourceQueries;
import io.towline.hub.store.TargetQueries;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads what watches show: pages of a snapshot, and single objects again. Thread-safe. */
final class WatchObjects {
  private static final int PAGE = 500;

  private final ClusterQueries clusters;
  private final BundleQueries bundles;
  private final TargetQueries targets;
  private final SourceQueries sources;
  private final DriftQueries drift;
  private final EventQueries events;

  WatchObjects(Database database) {
    this.clusters = new ClusterQueries(database);
    this.bundles = new BundleQueries(database);
    this.targets = new TargetQueries(database);
    this.sources = new SourceQueries(database);
    this.drift = new DriftQueries(database);
    this.events = new EventQueries(database);
  }

  /** Takes one object of a snapshot. */
  @FunctionalInterface
  interface Taker {
    void take(WatchEvent.Builder upserted) throws InterruptedException;
  }

  /** Gives every object of a type that matches, a page in memory at a time. */
  void snapshot(WatchType type, Filter filter, Taker taker) throws InterruptedException {
    switch (type) {
      case CLUSTER ->
          pages(
              page -> clusters.list(filter, ClusterQueries.Order.NAME, false, page),
              view -> WatchEvent.newBuilder().setCluster(Messages.cluster(view)),
              taker);
      case BUNDLE ->
          pages(
              page -> bundles.list(filter, false, page),
              view -> WatchEvent.newBuilder().setBundle(Messages.bundle(view)),
              taker);
      case TARGET ->
          pages(
              page ->
                  targets.list(
                      TargetQueries.Scope.ALL, filter, TargetQueries.Order.NAME, false, page),
              view -> WatchEvent.newBuilder().setTarget(Messages.target(view)),
              taker);
      case SOURCE ->
          pages(
              sources::list,
              view -> WatchEvent.newBuilder().setSource(Messages.source(view)),
              taker);
      case DRIFT ->
          pages(
              page -> drift.list(TargetQueries.Scope.ALL, filter, false, page),
              view -> WatchEvent.newBuilder().setDrift(Messages.drift(view)),
              taker);
      case EVENT ->
          pages(
              page -> events.list(filter, page),
              view -> WatchEvent.newBuilder().setEvent(Messages.event(view)),
              taker);
    }
  }

  private static <T> void pages(
      Function<PageRequest, Page<T>> list, Function<T, WatchEvent.Builder> message, Taker taker)
      throws InterruptedException {
    PageRequest request = PageRequest.first(PAGE);
    while (true) {
      Page<T> page = list.apply(request);
      for (T view : page.items()) {
        taker.take(message.apply(view));
      }
      if (page.next().isEmpty()) {
        return;
      }
      request = new PageRequest(PAGE, page.next());
    }
  }

  /** Those of the named objects that exist and match, by name; the names are resource names. */
  Map<String, WatchEvent.Builder> named(WatchType type, Collection<String> names, Filter filter) {
    Map<String, WatchEvent.Builder> found = new LinkedHashMap<>();
    switch (type) {
      case CLUSTER ->
          clusters.named(names.stream().map(ResourceNames::clusterOf).toList(), filter).stream()
              .map(Messages::cluster)
              .forEach(c -> found.put(c.getName(), WatchEvent.newBuilder().setCluster(c)));
      case BUNDLE ->
          bundles.named(names.stream().map(ResourceNames::bundleOf).toList(), filter).stream()
              .map(Messages::bundle)
              .forEach(b -> found.put(b.getName(), WatchEvent.newBuilder().setBundle(b)));
      case TARGET ->
          targets.named(names.stream().map(ResourceNames::targetOf).toList(), filter).stream()
              .map(Messages::target)
              .forEach(t -> found.put(t.getName(), WatchEvent.newBuilder().setTarget(t)));
      case SOURCE ->
          sources.named(names.stream().map(ResourceNames::sourceOf).toList()).stream()
              .map(Messages::source)
              .forEach(s -> found.put(s.getName(), WatchEvent.newBuilder().setSource(s)));
      case DRIFT ->
          drift.named(present(names, ResourceNames::driftOf), filter).stream()
              .map(Messages::drift)
              .forEach(d -> found.put(d.getName(), WatchEvent.newBuilder().setDrift(d)));
      case EVENT ->
          events.named(present(names, ResourceNames::eventOf), filter).stream()
              .map(Messages::event)
              .forEach(e -> found.put(e.getName(), WatchEvent.newBuilder().setEvent(e)));
    }
    return found;
  }

  /** An object of which only the name is left. */
  static WatchEvent.Builder nameOnly(WatchType type, String name) {
    WatchEvent.Builder event = WatchEvent.newBuilder();
    return switch (type) {
      case CLUSTER -> event.setCluster(Cluster.newBuilder().setName(name));
      case BUNDLE -> event.setBundle(Bundle.newBuilder().setName(name));
      case TARGET -> event.setTarget(Target.newBuilder().setName(name));
      case SOURCE -> event.setSource(Source.newBuilder().setName(name));
      case DRIFT -> event.setDrift(Drift.newBuilder().setName(name));
      case EVENT -> event.setEvent(Event.newBuilder().setName(name));
    };
  }

  private static <T> List<T> present(
      Collection<String> names, Function<String, Optional<T>> parse) {
    return names.stream().map(parse).flatMap(Optional::stream).toList();
  }
}
