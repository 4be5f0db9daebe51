package io.towline.hub.show;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Caution;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.ListBundlesRequest;
import io.towline.fleet.v1.ListBundlesResponse;
import io.towline.fleet.v1.ListClustersRequest;
import io.towline.fleet.v1.ListClustersResponse;
import io.towline.fleet.v1.ListDriftRequest;
import io.towline.fleet.v1.ListDriftResponse;
import io.towline.fleet.v1.ListEventsRequest;
import io.towline.fleet.v1.ListEventsResponse;
import io.towline.fleet.v1.ListSourcesRequest;
import io.towline.fleet.v1.ListSourcesResponse;
import io.towline.fleet.v1.ListTargetsRequest;
import io.towline.fleet.v1.ListTargetsResponse;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.hub.sign.SoleKey;
import io.towline.hub.store.BundleQueries;
import io.towline.hub.store.BundleView;
import io.towline.hub.store.ClusterQueries;
import io.towline.hub.store.ClusterView;
import io.towline.hub.store.Database;
import io.towline.hub.store.DriftQueries;
import io.towline.hub.store.DriftView;
import io.towline.hub.store.EventQueries;
import io.towline.hub.store.EventView;
import io.towline.hub.store.Filter;
import io.towline.hub.store.FilterFields;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.Page;
import io.towline.hub.store.PageRequest;
import io.towline.hub.store.SourceQueries;
import io.towline.hub.store.SourceView;
import io.towline.hub.store.TargetQueries;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.hub.store.TargetView;
import io.towline.hub.stream.ProtoTime;
import io.towline.hub.stream.Refusal;
import io.towline.vocabulary.Status;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The reading calls of the people's API: requests in, messages out. Blocks on the database. Throws
 * {@link StatusRuntimeException} for what a request did wrong and {@link
 * io.towline.hub.store.StoreException} when the database is away. Thread-safe.
 */
public final class FleetReads {
  private static final int MOST_IN_NEED = 20;
  private static final List<String> NEEDS_ATTENTION =
      Arrays.stream(Status.values()).filter(Status::needsAttention).map(Status::word).toList();

  private final ClusterQueries clusters;
  private final BundleQueries bundles;
  private final TargetQueries targets;
  private final SourceQueries sources;
  private final DriftQueries drift;
  private final EventQueries events;
  private final Fleet fleet;
  private final SigningProbe signing;
  private final InstantSource time;
  private final String hubVersion;

  public FleetReads(
      Database database, Fleet fleet, SigningProbe signing, InstantSource time, String hubVersion) {
    this.clusters = new ClusterQueries(database);
    this.bundles = new BundleQueries(database);
    this.targets = new TargetQueries(database);
    this.sources = new SourceQueries(database);
    this.drift = new DriftQueries(database);
    this.events = new EventQueries(database);
    this.fleet = fleet;
    this.signing = signing;
    this.time = time;
    this.hubVersion = hubVersion;
  }

  /** The counts that everything begins with; the filter is over targets. */
  public FleetSummary summary(String filterText) {
    Filter filter = Listing.filter(filterText, FilterFields.TARGETS);
    Page<TargetView> worst =
        targets.list(
            Scope.ALL,
            filter.and("status", NEEDS_ATTENTION),
            TargetQueries.Order.STATUS,
            false,
            PageRequest.first(MOST_IN_NEED));
    Page<SourceView> failing = sources.failing(PageRequest.first(MOST_IN_NEED));
    FleetSummary.Builder summary =
        FleetSummary.newBuilder()
            .setRolloutsInProgress(targets.bundlesInProgress())
            .setAsOfTime(ProtoTime.of(time.instant()))
            .setHubVersion(hubVersion)
            .setFleetUid(fleet.identity().map(Fleet.Identity::id).map(UUID::toString).orElse(""))
            .addAllNeedsAttention(worst.items().stream().map(Messages::target).toList())
            .setNeedsAttentionTotal((int) worst.total())
            .setSources((int) sources.list(PageRequest.first(1)).total())
            .addAllFailingSources(failing.items().stream().map(Messages::source).toList())
            .setFailingSourcesTotal((int) failing.total());
    SoleKey sole = signing.soleKey();
    sole.warning()
        .ifPresent(
            warning ->
                summary.addCautions(
                    Caution.newBuilder().setMessage(warning).addAllCommands(sole.commands())));
    clusters
        .countByConnection()
        .forEach((connection, n) -> summary.putClustersByConnection(connection.name(), n));
    targets
        .countByStatus(filter)
        .forEach((status, n) -> summary.putTargetsByStatus(status.word(), n));
    clusters
        .oldestOffline()
        .ifPresent(cluster -> summary.setOldestOffline(Messages.cluster(cluster)));
    return summary.build();
  }

  public ListClustersResponse clusters(ListClustersRequest request) {
    Listing listing =
        Listing.of(
            "clusters",
            "",
            request.getPageSize(),
            request.getPageToken(),
            request.getFilter(),
            FilterFields.CLUSTERS,
            request.getOrderBy(),
            "name",
            "last_seen_time");
    ClusterQueries.Order order =
        listing.order().field().equals("name")
            ? ClusterQueries.Order.NAME
            : ClusterQueries.Order.LAST_SEEN;
    Page<ClusterView> page =
        clusters.list(listing.filter(), order, listing.order().descending(), listing.page());
    return ListClustersResponse.newBuilder()
        .addAllClusters(page.items().stream().map(Messages::cluster).toList())
        .setNextPageToken(listing.next(page))
        .setTotalSize((int) page.total())
        .build();
  }

  public Cluster cluster(String name) {
    return Messages.cluster(clusterView(name));
  }

  ClusterView clusterView(String name) {
    return clusters
        .find(ResourceNames.clusterOf(name))
        .orElseThrow(() -> notFound("CLUSTER_NOT_FOUND", name));
  }

  public ListBundlesResponse bundles(ListBundlesRequest request) {
    Listing listing =
        Listing.of(
            "bundles",
            "",
            request.getPageSize(),
            request.getPageToken(),
            request.getFilter(),
            FilterFields.BUNDLES,
            request.getOrderBy(),
            "name");
    Page<BundleView> page =
        bundles.list(listing.filter(), listing.order().descending(), listing.page());
    return ListBundlesResponse.newBuilder()
        .addAllBundles(page.items().stream().map(Messages::bundle).toList())
        .setNextPageToken(listing.next(page))
        .setTotalSize((int) page.total())
        .build();
  }

  public Bundle bundle(String name) {
    return bundles
        .find(ResourceNames.bundleOf(name))
        .map(Messages::bundle)
        .orElseThrow(() -> notFound("BUNDLE_NOT_FOUND", name));
  }

  public ListTargetsResponse targets(ListTargetsRequest request) {
    Scope scope = ResourceNames.scope(request.getParent(), false);
    Listing listing =
        Listing.of(
            "targets",
            request.getParent(),
            request.getPageSize(),
            request.getPageToken(),
            request.getFilter(),
            FilterFields.TARGETS,
            request.getOrderBy(),
            "name",
            "status",
            "observed_time");
    requireParent(scope, request.getParent());
    TargetQueries.Order order =
        switch (listing.order().field()) {
          case "status" -> TargetQueries.Order.STATUS;
          case "observed_time" -> TargetQueries.Order.OBSERVED;
          default -> TargetQueries.Order.NAME;
        };
    Page<TargetView> page =
        targets.list(scope, listing.filter(), order, listing.order().descending(), listing.page());
    return ListTargetsResponse.newBuilder()
        .addAllTargets(page.items().stream().map(Messages::target).toList())
        .setNextPageToken(listing.next(page))
        .setTotalSize((int) page.total())
        .build();
  }

  public Target target(String name) {
    return targets
        .find(ResourceNames.targetOf(name))
        .map(Messages::target)
        .orElseThrow(() -> notFound("TARGET_NOT_FOUND", name));
  }

  public ListSourcesResponse sources(ListSourcesRequest request) {
    Listing listing =
        Listing.of(
            "sources",
            "",
            request.getPageSize(),
            request.getPageToken(),
            "",
            FilterFields.SOURCES,
            "",
            "name");
    Page<SourceView> page = sources.list(listing.page());
    return ListSourcesResponse.newBuilder()
        .addAllSources(page.items().stream().map(Messages::source).toList())
        .setNextPageToken(listing.next(page))
        .setTotalSize((int) page.total())
        .build();
  }

  public Source source(String name) {
    return sources
        .find(ResourceNames.sourceOf(name))
        .map(Messages::source)
        .orElseThrow(() -> notFound("SOURCE_NOT_FOUND", name));
  }

  public ListDriftResponse drift(ListDriftRequest request) {
    Scope scope = ResourceNames.scope(request.getParent(), true);
    Listing listing =
        Listing.of(
            "drift",
            request.getParent() + (request.getOpenOnly() ? "?open" : ""),
            request.getPageSize(),
            request.getPageToken(),
            request.getFilter(),
            FilterFields.DRIFT,
            "",
            "observed_time");
    requireParent(scope, request.getParent());
    Page<DriftView> page =
        drift.list(scope, listing.filter(), request.getOpenOnly(), listing.page());
    return ListDriftResponse.newBuilder()
        .addAllDrift(page.items().stream().map(Messages::drift).toList())
        .setNextPageToken(listing.next(page))
        .setTotalSize((int) page.total())
        .build();
  }

  public ListEventsResponse events(ListEventsRequest request) {
    Listing listing =
        Listing.of(
            "events",
            "",
            request.getPageSize(),
            request.getPageToken(),
            request.getFilter(),
            FilterFields.EVENTS,
            "",
            "time");
    Page<EventView> page = events.list(listing.filter(), listing.page());
    return ListEventsResponse.newBuilder()
        .addAllEvents(page.items().stream().map(Messages::event).toList())
        .setNextPageToken(listing.next(page))
        .setTotalSize((int) page.total())
        .build();
  }

  private void requireParent(Scope scope, String parent) {
    if (!exists(scope)) {
      throw notFound("PARENT_NOT_FOUND", parent);
    }
  }

  private boolean exists(Scope scope) {
    if (scope.bundle().isPresent() && scope.cluster().isPresent()) {
      return targets
          .find(new TargetQueries.Name(scope.bundle().get(), scope.cluster().get()))
          .isPresent();
    }
    boolean bundle = scope.bundle().map(name -> bundles.find(name).isPresent()).orElse(true);
    return bundle && scope.cluster().map(name -> clusters.find(name).isPresent()).orElse(true);
  }

  private static StatusRuntimeException notFound(String reason, String name) {
    return Refusal.of(Code.NOT_FOUND, reason, "There is no " + name + ".", Map.of("name", name));
  }
}
