package io.towline.hub.cli;

import com.google.protobuf.Any;
import com.google.protobuf.Timestamp;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.towline.fleet.v1.AcceptClusterRequest;
import io.towline.fleet.v1.AddClusterRequest;
import io.towline.fleet.v1.AddClusterResponse;
import io.towline.fleet.v1.AddPoolRequest;
import io.towline.fleet.v1.AddPoolResponse;
import io.towline.fleet.v1.AddSignatureRequest;
import io.towline.fleet.v1.AddSignatureResponse;
import io.towline.fleet.v1.AgentChart;
import io.towline.fleet.v1.ApproveSourceRequest;
import io.towline.fleet.v1.Authority;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.CordonClusterRequest;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FleetServiceGrpc;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.GetBundleRequest;
import io.towline.fleet.v1.GetClusterRequest;
import io.towline.fleet.v1.GetEnvelopeRequest;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import io.towline.fleet.v1.GetPendingEnvelopeRequest;
import io.towline.fleet.v1.GetSourceRequest;
import io.towline.fleet.v1.GetTargetRequest;
import io.towline.fleet.v1.ListAuthoritiesRequest;
import io.towline.fleet.v1.ListAuthoritiesResponse;
import io.towline.fleet.v1.ListBundlesRequest;
import io.towline.fleet.v1.ListBundlesResponse;
import io.towline.fleet.v1.ListClustersRequest;
import io.towline.fleet.v1.ListClustersResponse;
import io.towline.fleet.v1.ListDriftRequest;
import io.towline.fleet.v1.ListDriftResponse;
import io.towline.fleet.v1.ListEventsRequest;
import io.towline.fleet.v1.ListEventsResponse;
import io.towline.fleet.v1.ListPendingEnvelopesRequest;
import io.towline.fleet.v1.ListPendingEnvelopesResponse;
import io.towline.fleet.v1.ListPoolsRequest;
import io.towline.fleet.v1.ListPoolsResponse;
import io.towline.fleet.v1.ListRootsRequest;
import io.towline.fleet.v1.ListRootsResponse;
import io.towline.fleet.v1.ListSourcesRequest;
import io.towline.fleet.v1.ListSourcesResponse;
import io.towline.fleet.v1.ListSuspensionsRequest;
import io.towline.fleet.v1.ListSuspensionsResponse;
import io.towline.fleet.v1.ListTargetsRequest;
import io.towline.fleet.v1.ListTargetsResponse;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.fleet.v1.Pool;
import io.towline.fleet.v1.ReconcileSourceRequest;
import io.towline.fleet.v1.RemoveClusterRequest;
import io.towline.fleet.v1.RemoveClusterResponse;
import io.towline.fleet.v1.RemovePoolRequest;
import io.towline.fleet.v1.RemovePoolResponse;
import io.towline.fleet.v1.ReplaceAuthorityRequest;
import io.towline.fleet.v1.ResumeRequest;
import io.towline.fleet.v1.ResumeResponse;
import io.towline.fleet.v1.Root;
import io.towline.fleet.v1.RotateClusterRequest;
import io.towline.fleet.v1.RotateClusterResponse;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.SuspendRequest;
import io.towline.fleet.v1.Suspension;
import io.towline.fleet.v1.Target;
import io.towline.fleet.v1.UncordonClusterRequest;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A hub in memory that behaves: it asks for the token, filters, pages, keeps watches open and tells
 * them what changes. One page holds two items, so that every list of three is read in pages.
 */
final class FakeHub implements FleetServiceGrpc.AsyncService, AutoCloseable {
  static final String TOKEN = "secret-token";
  private static final int PAGE = 2;

  final List<Cluster> clusters = new CopyOnWriteArrayList<>();
  private static final AgentChart CHART =
      AgentChart.newBuilder()
          .setPlace("oci://registry.example.com/towline-agent")
          .setVersion("1.2.3")
          .build();

  final List<AddClusterRequest> additions = new CopyOnWriteArrayList<>();
  final List<RotateClusterRequest> rotations = new CopyOnWriteArrayList<>();
  final List<Pool> pools = new CopyOnWriteArrayList<>();
  final List<Bundle> bundles = new CopyOnWriteArrayList<>();
  final List<Target> targets = new CopyOnWriteArrayList<>();
  final List<Source> sources = new CopyOnWriteArrayList<>();
  final List<Drift> drift = new CopyOnWriteArrayList<>();
  final List<Event> events = new CopyOnWriteArrayList<>();
  final List<Suspension> suspensions = new CopyOnWriteArrayList<>();
  final List<Root> roots = new CopyOnWriteArrayList<>();
  volatile FleetSummary summary = FleetSummary.getDefaultInstance();
  volatile Envelope envelope = Envelope.getDefaultInstance();

  /** The envelope that waits for signatures, if there is one. */
  final List<PendingEnvelope> pending = new CopyOnWriteArrayList<>();

  final List<AddSignatureRequest> signatures = new CopyOnWriteArrayList<>();

  /** Runs when a watch has told its snapshot. */
  volatile Runnable whenWatched = () -> {};

  private record Watch(WatchRequest request, StreamObserver<WatchEvent> observer) {}

  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final Server server;

  FakeHub() {
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              // Not one of the generated base classes: Quarkus would take it for the real service.
              .addService(FleetServiceGrpc.bindService(this))
              .intercept(new TokenCheck())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String address() {
    return "http://127.0.0.1:" + server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  @Override
  public void listPendingEnvelopes(
      ListPendingEnvelopesRequest request, StreamObserver<ListPendingEnvelopesResponse> out) {
    out.onNext(ListPendingEnvelopesResponse.newBuilder().addAllEnvelopes(pending).build());
    out.onCompleted();
  }

  @Override
  public void getPendingEnvelope(
      GetPendingEnvelopeRequest request, StreamObserver<PendingEnvelope> out) {
    out.onNext(pending.getFirst());
    out.onCompleted();
  }

  @Override
  public void addSignature(AddSignatureRequest request, StreamObserver<AddSignatureResponse> out) {
    signatures.add(request);
    out.onNext(
        AddSignatureResponse.newBuilder()
            .setPublished(true)
            .setThreshold(2)
            .addSignedBy("hub")
            .addSignedBy(request.getKeyId())
            .build());
    out.onCompleted();
  }

  /** Cuts every watch, as a restarted hub does. */
  void cutWatches() {
    List<Watch> cut = List.copyOf(watches);
    watches.clear();
    cut.forEach(watch -> watch.observer().onError(Status.UNAVAILABLE.asRuntimeException()));
  }

  /** Puts a target in place of the one of its name and tells the watches. */
  void change(Target target) {
    targets.removeIf(known -> known.getName().equals(target.getName()));
    targets.add(target);
    tell("target", WatchEvent.newBuilder().setTarget(target));
  }

  void change(Bundle bundle) {
    bundles.removeIf(known -> known.getName().equals(bundle.getName()));
    bundles.add(bundle);
    tell("bundle", WatchEvent.newBuilder().setBundle(bundle));
  }

  void change(Cluster cluster) {
    clusters.removeIf(known -> known.getName().equals(cluster.getName()));
    clusters.add(cluster);
    tell("cluster", WatchEvent.newBuilder().setCluster(cluster));
  }

  void change(Event event) {
    tell("event", WatchEvent.newBuilder().setEvent(event));
  }

  static Timestamp time(String text) {
    return Timestamp.newBuilder().setSeconds(Instant.parse(text).getEpochSecond()).build();
  }

  @Override
  public void getFleetSummary(
      GetFleetSummaryRequest request, StreamObserver<FleetSummary> observer) {
    answer(observer, summary);
  }

  @Override
  public void listClusters(
      ListClustersRequest request, StreamObserver<ListClustersResponse> observer) {
    page(
        matching(clusters, request.getFilter(), FakeHub::field),
        request.getPageToken(),
        (items, next) ->
            ListClustersResponse.newBuilder().addAllClusters(items).setNextPageToken(next).build(),
        observer);
  }

  @Override
  public void listBundles(
      ListBundlesRequest request, StreamObserver<ListBundlesResponse> observer) {
    page(
        matching(bundles, request.getFilter(), FakeHub::field),
        request.getPageToken(),
        (items, next) ->
            ListBundlesResponse.newBuilder().addAllBundles(items).setNextPageToken(next).build(),
        observer);
  }

  @Override
  public void listTargets(
      ListTargetsRequest request, StreamObserver<ListTargetsResponse> observer) {
    page(
        matching(targets, request.getFilter(), FakeHub::field).stream()
            .filter(target -> isBelow(request.getParent(), target))
            .toList(),
        request.getPageToken(),
        (items, next) ->
            ListTargetsResponse.newBuilder().addAllTargets(items).setNextPageToken(next).build(),
        observer);
  }

  private static boolean isBelow(String parent, Target target) {
    TargetName name = TargetName.ofResource(target.getName());
    return List.of("bundles/-", "bundles/" + name.bundle(), "clusters/" + name.cluster())
        .contains(parent);
  }

  @Override
  public void listRoots(ListRootsRequest request, StreamObserver<ListRootsResponse> observer) {
    answer(
        observer,
        ListRootsResponse.newBuilder()
            .addAllRoots(
                roots.stream()
                    .filter(root -> root.getVersion() > request.getAfterVersion())
                    .toList())
            .build());
  }

  @Override
  public void listSources(
      ListSourcesRequest request, StreamObserver<ListSourcesResponse> observer) {
    page(
        sources,
        request.getPageToken(),
        (items, next) ->
            ListSourcesResponse.newBuilder().addAllSources(items).setNextPageToken(next).build(),
        observer);
  }

  @Override
  public void listDrift(ListDriftRequest request, StreamObserver<ListDriftResponse> observer) {
    List<Drift> found =
        drift.stream()
            .filter(
                one ->
                    request.getParent().equals("bundles/-")
                        || one.getName().startsWith(request.getParent() + "/"))
            .filter(
                one ->
                    !request.getOpenOnly()
                        || List.of("reported", "failed").contains(one.getAction()))
            .toList();
    page(
        found,
        request.getPageToken(),
        (items, next) ->
            ListDriftResponse.newBuilder().addAllDrift(items).setNextPageToken(next).build(),
        observer);
  }

  @Override
  public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> observer) {
    page(
        matching(events, request.getFilter(), FakeHub::field),
        request.getPageToken(),
        (items, next) ->
            ListEventsResponse.newBuilder().addAllEvents(items).setNextPageToken(next).build(),
        observer);
  }

  @Override
  public void getCluster(GetClusterRequest request, StreamObserver<Cluster> observer) {
    find(clusters, Cluster::getName, request.getName(), observer);
  }

  @Override
  public void getBundle(GetBundleRequest request, StreamObserver<Bundle> observer) {
    find(bundles, Bundle::getName, request.getName(), observer);
  }

  @Override
  public void getTarget(GetTargetRequest request, StreamObserver<Target> observer) {
    find(targets, Target::getName, request.getName(), observer);
  }

  @Override
  public void getSource(GetSourceRequest request, StreamObserver<Source> observer) {
    find(sources, Source::getName, request.getName(), observer);
  }

  @Override
  public void reconcileSource(ReconcileSourceRequest request, StreamObserver<Source> observer) {
    find(sources, Source::getName, request.getName(), observer);
  }

  /** Is at the commit of ones, and takes nothing else over. */
  @Override
  public void approveSource(ApproveSourceRequest request, StreamObserver<Source> observer) {
    if (request.getCommit().equals("1".repeat(40))) {
      find(sources, Source::getName, request.getName(), observer);
    } else {
      observer.onError(
          Status.FAILED_PRECONDITION
              .withDescription("HistoryRewritten: the branch is at another commit")
              .asRuntimeException());
    }
  }

  @Override
  public void getEnvelope(GetEnvelopeRequest request, StreamObserver<Envelope> observer) {
    find(List.of(envelope), Envelope::getCluster, request.getName(), observer);
  }

  @Override
  public void addCluster(AddClusterRequest request, StreamObserver<AddClusterResponse> observer) {
    additions.add(request);
    Cluster cluster =
        Cluster.newBuilder()
            .setName("clusters/" + request.getClusterId())
            .putAllLabels(request.getLabelsMap())
            .setConnection(Connection.CONNECTION_PENDING)
            .build();
    clusters.add(cluster);
    answer(
        observer,
        AddClusterResponse.newBuilder()
            .setCluster(cluster)
            .setJoinToken(request.getOffline() ? "twlo1_token" : "twl1_token")
            .setAgentChart(CHART)
            .build());
  }

  @Override
  public void rotateCluster(
      RotateClusterRequest request, StreamObserver<RotateClusterResponse> observer) {
    rotations.add(request);
    find(
        clusters.stream()
            .map(
                cluster ->
                    RotateClusterResponse.newBuilder()
                        .setCluster(cluster)
                        .setJoinToken("twl1_next")
                        .setAgentChart(CHART)
                        .build())
            .toList(),
        response -> response.getCluster().getName(),
        request.getName(),
        observer);
  }

  @Override
  public void addPool(AddPoolRequest request, StreamObserver<AddPoolResponse> observer) {
    Pool pool =
        Pool.newBuilder()
            .setName("pools/" + request.getPoolId())
            .setMaxClusters(request.getMaxClusters())
            .setUsedClusters(1)
            .putAllLabels(request.getLabelsMap())
            .addAllAcceptedLabels(request.getAcceptedLabelsList())
            .setNamePrefix(request.getNamePrefix())
            .setAcceptManually(request.getAcceptManually())
            .build();
    pools.add(pool);
    answer(
        observer,
        AddPoolResponse.newBuilder()
            .setPool(pool)
            .setJoinToken("twlp1_token")
            .setAgentChart(CHART)
            .build());
  }

  @Override
  public void listPools(ListPoolsRequest request, StreamObserver<ListPoolsResponse> observer) {
    answer(observer, ListPoolsResponse.newBuilder().addAllPools(pools).build());
  }

  @Override
  public void removePool(RemovePoolRequest request, StreamObserver<RemovePoolResponse> observer) {
    boolean there = pools.removeIf(pool -> pool.getName().equals(request.getName()));
    find(
        there ? List.of(RemovePoolResponse.newBuilder().setRemovedClusters(2).build()) : List.of(),
        response -> request.getName(),
        request.getName(),
        observer);
  }

  @Override
  public void acceptCluster(AcceptClusterRequest request, StreamObserver<Cluster> observer) {
    clusters.replaceAll(
        cluster ->
            cluster.getName().equals(request.getName())
                ? cluster.toBuilder().clearWaitsForAcceptance().build()
                : cluster);
    find(clusters, Cluster::getName, request.getName(), observer);
  }

  @Override
  public void listAuthorities(
      ListAuthoritiesRequest request, StreamObserver<ListAuthoritiesResponse> observer) {
    answer(observer, authorities(1));
  }

  @Override
  public void replaceAuthority(
      ReplaceAuthorityRequest request, StreamObserver<ListAuthoritiesResponse> observer) {
    answer(observer, authorities(2));
  }

  private static ListAuthoritiesResponse authorities(int count) {
    ListAuthoritiesResponse.Builder response = ListAuthoritiesResponse.newBuilder();
    for (int i = 1; i <= count; i++) {
      response.addAuthorities(
          Authority.newBuilder()
              .setName("authorities/" + Integer.toString(i).repeat(64))
              .setSigns(i == 1)
              .setExpireTime(time("2036-11-23T12:00:00Z"))
              .setAgents(i == 1 ? 7 : 0));
    }
    return response.build();
  }

  @Override
  public void cordonCluster(CordonClusterRequest request, StreamObserver<Cluster> observer) {
    clusters.replaceAll(
        cluster ->
            cluster.getName().equals(request.getName())
                ? cluster.toBuilder().setCordoned(true).setCordonReason(request.getReason()).build()
                : cluster);
    find(clusters, Cluster::getName, request.getName(), observer);
  }

  @Override
  public void suspend(SuspendRequest request, StreamObserver<Suspension> observer) {
    Suspension.Builder made =
        Suspension.newBuilder()
            .setName(request.getName())
            .setReason(request.getReason())
            .setBy(request.getBy());
    if (request.hasTtl()) {
      made.setEndTime(Timestamp.newBuilder().setSeconds(request.getTtl().getSeconds()));
    }
    suspensions.add(made.build());
    observer.onNext(made.build());
    observer.onCompleted();
  }

  @Override
  public void resume(ResumeRequest request, StreamObserver<ResumeResponse> observer) {
    boolean there = suspensions.removeIf(one -> one.getName().equals(request.getName()));
    observer.onNext(ResumeResponse.newBuilder().setResumed(there).build());
    observer.onCompleted();
  }

  @Override
  public void listSuspensions(
      ListSuspensionsRequest request, StreamObserver<ListSuspensionsResponse> observer) {
    observer.onNext(ListSuspensionsResponse.newBuilder().addAllSuspensions(suspensions).build());
    observer.onCompleted();
  }

  @Override
  public void uncordonCluster(UncordonClusterRequest request, StreamObserver<Cluster> observer) {
    clusters.replaceAll(
        cluster ->
            cluster.getName().equals(request.getName())
                ? cluster.toBuilder().clearCordoned().clearCordonReason().build()
                : cluster);
    find(clusters, Cluster::getName, request.getName(), observer);
  }

  @Override
  public void removeCluster(
      RemoveClusterRequest request, StreamObserver<RemoveClusterResponse> observer) {
    boolean there =
        clusters.removeIf(
            cluster ->
                cluster.getName().equals(request.getName())
                    && (!request.getWaitingOnly() || cluster.getWaitsForAcceptance()));
    find(
        there ? List.of(RemoveClusterResponse.getDefaultInstance()) : List.of(),
        response -> request.getName(),
        request.getName(),
        observer);
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchEvent> observer) {
    if (request.getResumeToken().isEmpty()) {
      if (request.getTypesList().contains("cluster")) {
        matching(clusters, request.getFilter(), FakeHub::field)
            .forEach(item -> observer.onNext(upserted().setCluster(item).build()));
      }
      if (request.getTypesList().contains("bundle")) {
        matching(bundles, request.getFilter(), FakeHub::field)
            .forEach(item -> observer.onNext(upserted().setBundle(item).build()));
      }
      if (request.getTypesList().contains("target")) {
        matching(targets, request.getFilter(), FakeHub::field)
            .forEach(item -> observer.onNext(upserted().setTarget(item).build()));
      }
    }
    observer.onNext(
        WatchEvent.newBuilder().setKind(WatchEvent.Kind.KIND_BOOKMARK).setResumeToken("1").build());
    Watch watch = new Watch(request, observer);
    ((ServerCallStreamObserver<WatchEvent>) observer)
        .setOnCancelHandler(() -> watches.remove(watch));
    watches.add(watch);
    whenWatched.run();
  }

  private static WatchEvent.Builder upserted() {
    return WatchEvent.newBuilder().setKind(WatchEvent.Kind.KIND_UPSERTED);
  }

  /** By one thread at a time, as a stream demands. */
  private synchronized void tell(String type, WatchEvent.Builder event) {
    WatchEvent change = event.setKind(WatchEvent.Kind.KIND_UPSERTED).setResumeToken("2").build();
    watches.stream()
        .filter(watch -> watch.request().getTypesList().contains(type))
        .forEach(watch -> watch.observer().onNext(change));
  }

  private static <T> void answer(StreamObserver<T> observer, T value) {
    observer.onNext(value);
    observer.onCompleted();
  }

  private static <T> void find(
      List<T> items, Function<T, String> name, String wanted, StreamObserver<T> observer) {
    Optional<T> found = items.stream().filter(item -> name.apply(item).equals(wanted)).findFirst();
    if (found.isPresent()) {
      answer(observer, found.get());
    } else {
      observer.onError(refusal(io.grpc.Status.Code.NOT_FOUND, wanted + " does not exist", ""));
    }
  }

  /** As the hub refuses: with exactly one ErrorInfo. */
  static StatusRuntimeException refusal(Status.Code code, String message, String reason) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(
                Any.pack(ErrorInfo.newBuilder().setDomain("towline.io").setReason(reason).build()))
            .build());
  }

  private static <T, R> void page(
      List<T> items, String token, BiFunction<List<T>, String, R> response, StreamObserver<R> to) {
    int from = token.isEmpty() ? 0 : Integer.parseInt(token);
    int until = Math.min(items.size(), from + PAGE);
    String next = until < items.size() ? Integer.toString(until) : "";
    answer(to, response.apply(items.subList(from, until), next));
  }

  private static <T> List<T> matching(
      List<T> items, String filter, BiFunction<T, String, String> field) {
    return items.stream()
        .filter(
            item ->
                filter.isEmpty()
                    || Arrays.stream(filter.split(" AND ", -1))
                        .allMatch(term -> holds(item, term, field)))
        .toList();
  }

  private static <T> boolean holds(T item, String term, BiFunction<T, String, String> field) {
    boolean not = term.contains(" != ");
    String[] sides = term.split(not ? " != " : " = ", 2);
    List<String> values =
        Arrays.stream(sides[1].split(",", -1)).map(value -> value.replace("\"", "")).toList();
    return values.contains(field.apply(item, sides[0])) != not;
  }

  private static String field(Cluster cluster, String field) {
    return switch (field) {
      case "name" -> Views.last(cluster.getName());
      case "connection" -> cluster.getConnection().name().substring("CONNECTION_".length());
      default -> label(cluster.getLabelsMap(), field);
    };
  }

  private static String field(Bundle bundle, String field) {
    return switch (field) {
      case "name" -> Views.last(bundle.getName());
      case "status" -> ProtoJson.word(bundle.getStatus().getValueDescriptor());
      default -> label(bundle.getLabelsMap(), field);
    };
  }

  private static String field(Target target, String field) {
    TargetName name = TargetName.ofResource(target.getName());
    return switch (field) {
      case "bundle" -> name.bundle();
      case "cluster" -> name.cluster();
      case "status" -> ProtoJson.word(target.getStatus().getValueDescriptor());
      default -> label(target.getClusterLabelsMap(), field);
    };
  }

  private static String field(Event event, String field) {
    return switch (field) {
      case "bundle" -> event.getBundle();
      case "cluster" -> event.getCluster();
      case "type" -> event.getType();
      default -> throw new IllegalArgumentException(field);
    };
  }

  private static String label(Map<String, String> labels, String field) {
    return labels.getOrDefault(field.substring("labels.".length()), "");
  }

  private static final class TokenCheck implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String given =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
      if (("Bearer " + TOKEN).equals(given)) {
        return next.startCall(call, headers);
      }
      call.close(Status.UNAUTHENTICATED.withDescription("no or wrong token"), new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }
}
