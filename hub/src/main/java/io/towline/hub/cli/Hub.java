package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.towline.fleet.v1.FleetServiceGrpc;
import io.towline.fleet.v1.FleetServiceGrpc.FleetServiceBlockingStub;
import io.towline.fleet.v1.GetBundleRequest;
import io.towline.fleet.v1.GetClusterRequest;
import io.towline.fleet.v1.GetSourceRequest;
import io.towline.fleet.v1.GetTargetRequest;
import io.towline.fleet.v1.ListBundlesRequest;
import io.towline.fleet.v1.ListClustersRequest;
import io.towline.fleet.v1.ListDriftRequest;
import io.towline.fleet.v1.ListEventsRequest;
import io.towline.fleet.v1.ListSourcesRequest;
import io.towline.fleet.v1.ListTargetsRequest;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The connection to the hub's FleetService, where everything that is shown comes from. */
final class Hub implements AutoCloseable {
  /** How long one question may take. */
  static final int CALL_SECONDS = 30;

  /** Items of one page: the most that the hub gives. */
  private static final int PAGE = 1_000;

  /** Pages of one list: ten million items. */
  private static final int MAX_PAGES = 10_000;

  /** A message with the bodies of an envelope is at most this. */
  private static final int MAX_MESSAGE_BYTES = 24 * 1024 * 1024;

  private static final int CHANNEL_CLOSE_MILLIS = 200;

  private final String address;
  private final ManagedChannel channel;
  private final FleetServiceBlockingStub stub;

  private Hub(String address, ManagedChannel channel, String token) {
    this.address = address;
    this.channel = channel;
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    this.stub =
        FleetServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** Where a hub is, as its URL says. */
  record Address(String host, int port, boolean tls) {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    static Address parse(String url) {
      URI uri;
      try {
        uri = new URI(url);
      } catch (URISyntaxException e) {
        throw notAnAddress(url);
      }
      boolean tls = "https".equals(uri.getScheme());
      if (uri.getHost() == null || !(tls || "http".equals(uri.getScheme()))) {
        throw notAnAddress(url);
      }
      int port = uri.getPort() > 0 ? uri.getPort() : tls ? HTTPS : HTTP;
      return new Address(uri.getHost(), port, tls);
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** Opens a connection; nothing is sent before the first question. */
  static Hub open(String url, String token) {
    Address address = Address.parse(url);
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(address.host(), address.port())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES);
    if (!address.tls()) {
      builder.usePlaintext();
    }
    return new Hub(url, builder.build(), token);
  }

  String address() {
    return address;
  }

  /** For one question. */
  FleetServiceBlockingStub ask() {
    return stub.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** For a question that waits for work on the hub to be done. */
  FleetServiceBlockingStub askPatiently(long seconds) {
    return stub.withDeadlineAfter(seconds, TimeUnit.SECONDS);
  }

  /** Follows changes; the call ends when it is cancelled by the caller's context. */
  Iterator<WatchEvent> watch(WatchRequest request) {
    return stub.watch(request);
  }

  /**
   * Which of a kind.
   *
   * @param parent of targets and drift; empty where there is none
   * @param filter in the hub's words
   * @param limit at most so many; 0: all
   */
  record Query(String parent, String filter, int limit) {
    static Query all() {
      return new Query("", "", 0);
    }
  }

  /** All of a kind, in the hub's order. */
  List<? extends Message> list(Kind kind, Query query) {
    return switch (kind) {
      case CLUSTER -> {
        var request = ListClustersRequest.newBuilder().setFilter(query.filter());
        yield pages(
            query,
            (size, token) -> {
              var page = ask().listClusters(request.setPageSize(size).setPageToken(token).build());
              return new Page<>(page.getClustersList(), page.getNextPageToken());
            });
      }
      case BUNDLE -> {
        var request = ListBundlesRequest.newBuilder().setFilter(query.filter());
        yield pages(
            query,
            (size, token) -> {
              var page = ask().listBundles(request.setPageSize(size).setPageToken(token).build());
              return new Page<>(page.getBundlesList(), page.getNextPageToken());
            });
      }
      case TARGET -> {
        var request =
            ListTargetsRequest.newBuilder()
                .setParent(query.parent().isEmpty() ? "bundles/-" : query.parent())
                .setFilter(query.filter());
        yield pages(
            query,
            (size, token) -> {
              var page = ask().listTargets(request.setPageSize(size).setPageToken(token).build());
              return new Page<>(page.getTargetsList(), page.getNextPageToken());
            });
      }
      case SOURCE -> {
        var request = ListSourcesRequest.newBuilder();
        yield pages(
            query,
            (size, token) -> {
              var page = ask().listSources(request.setPageSize(size).setPageToken(token).build());
              return new Page<>(page.getSourcesList(), page.getNextPageToken());
            });
      }
      case DRIFT -> listDrift(query, false);
      case EVENT -> {
        var request = ListEventsRequest.newBuilder().setFilter(query.filter());
        yield pages(
            query,
            (size, token) -> {
              var page = ask().listEvents(request.setPageSize(size).setPageToken(token).build());
              return new Page<>(page.getEventsList(), page.getNextPageToken());
            });
      }
    };
  }

  /** Divergences, newest first. */
  List<? extends Message> listDrift(Query query, boolean openOnly) {
    var request =
        ListDriftRequest.newBuilder()
            .setParent(query.parent().isEmpty() ? "bundles/-" : query.parent())
            .setFilter(query.filter())
            .setOpenOnly(openOnly);
    return pages(
        query,
        (size, token) -> {
          var page = ask().listDrift(request.setPageSize(size).setPageToken(token).build());
          return new Page<>(page.getDriftList(), page.getNextPageToken());
        });
  }

  /** One of a kind by the name that people use. */
  Message get(Kind kind, String name) {
    return switch (kind) {
      case CLUSTER ->
          ask().getCluster(GetClusterRequest.newBuilder().setName("clusters/" + name).build());
      case BUNDLE ->
          ask().getBundle(GetBundleRequest.newBuilder().setName("bundles/" + name).build());
      case TARGET ->
          ask()
              .getTarget(
                  GetTargetRequest.newBuilder().setName(TargetName.parse(name).resource()).build());
      case SOURCE ->
          ask().getSource(GetSourceRequest.newBuilder().setName("sources/" + name).build());
      case DRIFT, EVENT ->
          throw CliException.usage(
              kind.word() + " has no names", "towline drift, or towline events");
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(CHANNEL_CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private record Page<T>(List<T> items, String next) {}

  @FunctionalInterface
  private interface Pages<T> {
    Page<T> page(int size, String token);
  }

  private static <T> List<T> pages(Query query, Pages<T> pages) {
    List<T> items = new ArrayList<>();
    String token = "";
    for (int i = 0; i < MAX_PAGES; i++) {
      int missing = query.limit() > 0 ? query.limit() - items.size() : PAGE;
      Page<T> page = pages.page(Math.min(PAGE, missing), token);
      items.addAll(page.items());
      token = page.next();
      if (token.isEmpty() || (query.limit() > 0 && items.size() >= query.limit())) {
        return query.limit() > 0 && items.size() > query.limit()
            ? items.subList(0, query.limit())
            : items;
      }
    }
    throw new CliException(
        ExitCode.INTERNAL, "The hub's list does not end", "", MAX_PAGES + " pages", "");
  }

  private static CliException notAnAddress(String address) {
    return CliException.usage(
        address + " is not a hub's address", "give http://HOST:PORT or https://HOST:PORT");
  }
}
