package io.towline.hub.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.ListBundlesRequest;
import io.towline.fleet.v1.ListClustersRequest;
import io.towline.fleet.v1.ListClustersResponse;
import io.towline.fleet.v1.ListDriftRequest;
import io.towline.fleet.v1.ListEventsRequest;
import io.towline.fleet.v1.ListSourcesRequest;
import io.towline.fleet.v1.ListTargetsRequest;
import io.towline.fleet.v1.ListTargetsResponse;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.FleetSeed;
import io.towline.hub.store.KnownCluster;
import io.towline.vocabulary.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reading calls over a real database. */
class FleetReadsTest {
  private FleetFixture fixture;
  private FleetSeed seed;
  private FleetReads reads;
  private Map<String, KnownCluster> clusters;

  @BeforeEach
  void open(@TempDir Path directory) {
    fixture = new FleetFixture(directory);
    seed = new FleetSeed(fixture);
    reads =
        new FleetReads(fixture.database, fixture.fleet, new SoleSigner(), fixture.clock, "0.1.0");
    seed.source("apps");
    seed.bundle("podinfo", "apps", "{\"team\":\"a_b\",\"tier\":\"web\"}");
    seed.bundle("grafana", "apps", "{\"team\":\"axb\"}");
    clusters = seed.clusters(10);
    clusters.values().forEach(cluster -> seed.target("podinfo", cluster, Status.READY, ""));
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void pagesThroughAllClustersOnceEach() {
    List<String> names = new ArrayList<>();
    String token = "";
    do {
      ListClustersResponse page =
          reads.clusters(
              ListClustersRequest.newBuilder().setPageSize(3).setPageToken(token).build());
      assertThat(page.getTotalSize()).isEqualTo(10);
      page.getClustersList().forEach(cluster -> names.add(cluster.getName()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());

    assertThat(names)
        .containsExactlyElementsOf(
            IntStream.range(0, 10).mapToObj(i -> "clusters/store-000" + i).toList());
  }

  @Test
  void aTargetSaysWhoSignedItsCommitWhereThatWasAskedFor() {
    fixture.sql(
        "update target set signer = 'alice SHA256:a' where cluster_id = ?", cluster(3).id());

    Target signed = reads.target("bundles/podinfo/targets/store-0003");
    Target unasked = reads.target("bundles/podinfo/targets/store-0004");

    assertThat(signed.getDesiredSigner()).isEqualTo("alice SHA256:a");
    assertThat(signed.getConditionsList())
        .anySatisfy(
            condition -> {
              assertThat(condition.getType()).isEqualTo("SourceVerified");
              assertThat(condition.getStatus()).isEqualTo("True");
              assertThat(condition.getMessage()).contains("alice SHA256:a");
            });
    assertThat(unasked.getDesiredSigner()).isEmpty();
    assertThat(unasked.getConditionsList())
        .noneMatch(condition -> condition.getType().equals("SourceVerified"));
  }

  @Test
  void aPageIsStableWhileClustersComeAndGo() {
    ListClustersResponse first =
        reads.clusters(ListClustersRequest.newBuilder().setPageSize(4).build());
    fixture.cluster("store-0000a", Map.of());
    fixture.sql("delete from cluster where name = 'store-0002'");

    ListClustersResponse second =
        reads.clusters(
            ListClustersRequest.newBuilder()
                .setPageSize(4)
                .setPageToken(first.getNextPageToken())
                .build());

    assertThat(second.getClustersList())
        .extracting(Cluster::getName)
        .containsExactly(
            "clusters/store-0004",
            "clusters/store-0005",
            "clusters/store-0006",
            "clusters/store-0007");
  }

  @Test
  void everyOrderPagesThroughEverythingOnce() {
    seed.status("podinfo", cluster(3), Status.FAILED, "ApplyFailed");
    seed.status("podinfo", cluster(7), Status.BLOCKED, "SignatureInvalid");
    for (String order :
        List.of("name", "name desc", "status", "status desc", "observed_time desc")) {
      List<String> names = new ArrayList<>();
      String token = "";
      do {
        ListTargetsResponse page =
            reads.targets(
                ListTargetsRequest.newBuilder()
                    .setParent("bundles/-")
                    .setOrderBy(order)
                    .setPageSize(3)
                    .setPageToken(token)
                    .build());
        page.getTargetsList().forEach(target -> names.add(target.getName()));
        token = page.getNextPageToken();
      } while (!token.isEmpty());
      assertThat(names).as(order).hasSize(10);
      assertThat(new HashSet<>(names)).as(order).hasSize(10);
      if (order.equals("status")) {
        assertThat(names.subList(0, 2))
            .containsExactly(
                "bundles/podinfo/targets/store-0007", "bundles/podinfo/targets/store-0003");
      }
      if (order.equals("name desc")) {
        assertThat(names.getFirst()).isEqualTo("bundles/podinfo/targets/store-0009");
      }
    }
  }

  @Test
  void aPageTokenOfAnotherListIsRefused() {
    String token =
        reads
            .clusters(
                ListClustersRequest.newBuilder()
                    .setPageSize(2)
                    .setFilter("labels.region = \"eu\"")
                    .build())
            .getNextPageToken();
    assertThat(token).isNotEmpty();

    assertReason(
        () -> reads.clusters(ListClustersRequest.newBuilder().setPageToken(token).build()),
        "PAGE_TOKEN_INVALID",
        "page_token");
    assertReason(
        () ->
            reads.clusters(
                ListClustersRequest.newBuilder()
                    .setFilter("labels.region = \"eu\"")
                    .setOrderBy("name desc")
                    .setPageToken(token)
                    .build()),
        "PAGE_TOKEN_INVALID",
        "page_token");
    assertReason(
        () -> reads.sources(ListSourcesRequest.newBuilder().setPageToken(token).build()),
        "PAGE_TOKEN_INVALID",
        "page_token");
    assertReason(
        () -> reads.clusters(ListClustersRequest.newBuilder().setPageToken("ä!").build()),
        "PAGE_TOKEN_INVALID",
        "page_token");
  }

  @Test
  void aNegativePageSizeIsRefusedAndALargeOneCut() {
    assertReason(
        () -> reads.clusters(ListClustersRequest.newBuilder().setPageSize(-1).build()),
        "PAGE_SIZE_NEGATIVE",
        "page_size");
    assertThat(
            reads
                .clusters(ListClustersRequest.newBuilder().setPageSize(1_000_000).build())
                .getClustersCount())
        .isEqualTo(10);
  }

  @Test
  void filtersByEveryFieldOfClusters() {
    seed.connection(cluster(4), "OFFLINE", FleetFixture.NOW);

    assertThat(clusterNames("name = store-0001")).containsExactly("clusters/store-0001");
    assertThat(clusterNames("connection = \"offline\"")).containsExactly("clusters/store-0004");
    assertThat(clusterNames("connection != OFFLINE")).hasSize(9);
    assertThat(clusterNames("labels.region = \"eu\"")).hasSize(5);
    assertThat(clusterNames("labels.region = \"eu\",\"us\"")).hasSize(10);
    assertThat(clusterNames("labels.region != \"eu\"")).hasSize(5);
    assertThat(clusterNames("labels.absent != \"eu\"")).hasSize(10);
    assertThat(clusterNames("labels.region = eu AND name != \"store-0000\"")).hasSize(4);
    assertThat(clusterNames("name = \"' or 1=1 --\"")).isEmpty();
  }

  @Test
  void filtersBundlesByLabelsAsTheyAreWritten() {
    assertThat(bundleNames("labels.team = \"a_b\"")).containsExactly("bundles/podinfo");
    assertThat(bundleNames("labels.team != \"a_b\"")).containsExactly("bundles/grafana");
    assertThat(bundleNames("labels.tier = \"web\"")).containsExactly("bundles/podinfo");
    assertThat(bundleNames("labels.eam = \"a_b\"")).isEmpty();
    assertThat(bundleNames("source = apps")).hasSize(2);
    assertThat(bundleNames("status = Failed")).isEmpty();
    seed.status("podinfo", cluster(1), Status.FAILED, "ApplyFailed");
    assertThat(bundleNames("status = Failed")).containsExactly("bundles/podinfo");
  }

  @Test
  void aBadFilterSaysWhereAndWhatWasMeant() {
    StatusRuntimeException refusal =
        assertReason(() -> clusterNames("conection = ONLINE"), "FILTER_INVALID", "filter");

    assertThat(refusal.getStatus().getDescription())
        .isEqualTo(
            "character 1: There is no field \"conection\"; did you mean connection?: name,"
                + " connection, labels.KEY.");
  }

  @Test
  void anOfflineClustersTargetsAreUnknownAndKeepTheirLastStatus() {
    seed.status("podinfo", cluster(2), Status.FAILED, "ApplyFailed");
    seed.connection(cluster(2), "OFFLINE", FleetFixture.NOW);

    Target target = reads.target("bundles/podinfo/targets/store-0002");

    assertThat(target.getStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_UNKNOWN);
    assertThat(target.getLastKnownStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_FAILED);
    assertThat(target.getReason()).isEqualTo("AgentOffline");
    assertThat(target.getNextStep()).isNotEmpty();
    assertThat(target.getConditionsList())
        .anySatisfy(
            condition -> {
              assertThat(condition.getType()).isEqualTo("Connected");
              assertThat(condition.getStatus()).isEqualTo("False");
            });
    assertThat(targetNames("status = Unknown")).hasSize(1);
    assertThat(targetNames("status = Failed")).isEmpty();
    assertThat(targetNames("reason = AgentOffline")).hasSize(1);
  }

  @Test
  void noTargetOfAClusterThatNeverCalledIsReady() {
    KnownCluster pending = fixture.cluster("new", Map.of());
    seed.target("podinfo", pending, Status.READY, "");

    Target target = reads.target("bundles/podinfo/targets/new");

    assertThat(target.getStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_WAITING);
    assertThat(target.getReason()).isEqualTo("AgentPending");
  }

  @Test
  void aTargetShowsAllThatIsKnownOfIt() {
    Target target = reads.target("bundles/podinfo/targets/store-0001");

    assertThat(target.getStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_READY);
    assertThat(target.getReason()).isEmpty();
    assertThat(target.getAppliedRevision()).isEqualTo("bbbbbbbbbbbb");
    assertThat(target.getDesiredRevision()).isEqualTo("cccccccccccc");
    assertThat(target.getMatchedOverridesList()).containsExactly("eu");
    assertThat(target.getProblems(0).getObject().getKind()).isEqualTo("Pod");
    assertThat(target.getClusterLabelsMap()).containsEntry("region", "us");
    assertThat(target.getObjects()).isEqualTo(4);
    assertThat(target.getEtag()).hasSize(12);
    assertThat(target.getConditionsList().getFirst().getStatus()).isEqualTo("True");
  }

  @Test
  void theSummaryCountsAllNineStatusesAndNamesTheWorstFirst() {
    seed.status("podinfo", cluster(1), Status.DRIFTED, "DriftDetected");
    seed.status("podinfo", cluster(2), Status.BLOCKED, "SignatureInvalid");
    seed.status("podinfo", cluster(3), Status.PROGRESSING, "Progressing");
    seed.connection(cluster(4), "OFFLINE", FleetFixture.NOW.minusSeconds(900));
    seed.connection(cluster(5), "OFFLINE", FleetFixture.NOW.minusSeconds(90));

    FleetSummary summary = reads.summary("");
    assertThat(summary.getCautionsList())
        .singleElement()
        .satisfies(
            caution -> {
              assertThat(caution.getMessage())
                  .contains("3fa9c2e1 alone can sign for every cluster");
              assertThat(caution.getCommandsList())
                  .contains(
                      "towline root add-key next.json --role envelope/all --key SECOND.pub"
                          + " --threshold 2");
            });

    assertThat(summary.getTargetsByStatusMap())
        .containsOnly(
            Map.entry("Blocked", 1),
            Map.entry("Failed", 0),
            Map.entry("Degraded", 0),
            Map.entry("Drifted", 1),
            Map.entry("Unknown", 2),
            Map.entry("Progressing", 1),
            Map.entry("Waiting", 0),
            Map.entry("Suspended", 0),
            Map.entry("Ready", 5));
    assertThat(summary.getClustersByConnectionMap())
        .containsOnly(
            Map.entry("ONLINE", 8),
            Map.entry("LATE", 0),
            Map.entry("OFFLINE", 2),
            Map.entry("PENDING", 0));
    assertThat(summary.getNeedsAttentionList())
        .extracting(Target::getName)
        .containsExactly(
            "bundles/podinfo/targets/store-0002", "bundles/podinfo/targets/store-0001");
    assertThat(summary.getNeedsAttentionTotal()).isEqualTo(2);
    assertThat(summary.getOldestOffline().getName()).isEqualTo("clusters/store-0004");
    assertThat(summary.getRolloutsInProgress()).isEqualTo(1);
    assertThat(summary.getFleetUid()).isEqualTo(fixture.fleetId.toString());
    assertThat(reads.summary("cluster = store-0001").getTargetsByStatusMap())
        .containsEntry("Drifted", 1)
        .containsEntry("Ready", 0);
  }

  @Test
  void theSummaryNamesSourcesThatFailOrHaveProblems() {
    seed.source("broken");
    seed.source("sound");
    fixture.sql(
        "insert into problem (source, ordinal, bundle, file, line, col, field, reason, message)"
            + " values ('broken', 0, 'web', 'web/towline.yaml', 3, 5, 'targets', 'BuildFailed',"
            + " 'no such cluster set')");
    fixture.sql(
        "update source set reason = 'FetchFailed', message = 'no answer' where name = 'apps'");

    FleetSummary summary = reads.summary("");

    assertThat(summary.getSources()).isEqualTo(3);
    assertThat(summary.getFailingSourcesTotal()).isEqualTo(2);
    assertThat(summary.getFailingSourcesList())
        .extracting(Source::getName)
        .containsExactly("sources/apps", "sources/broken");
    assertThat(summary.getFailingSources(1).getProblems(0).getLine()).isEqualTo(3);
  }

  @Test
  void aBundleShowsTheWorstOfItsTargetsAndItsCounts() {
    seed.status("podinfo", cluster(1), Status.DEGRADED, "HealthCheckFailed");

    var bundle = reads.bundle("bundles/podinfo");

    assertThat(bundle.getStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_DEGRADED);
    assertThat(bundle.getTargetsByStatusMap())
        .containsOnly(Map.entry("Ready", 9), Map.entry("Degraded", 1));
    fixture.sql(
        "update bundle set reason = 'BuildFailed', message = 'a.yaml:1:2: no' where name ="
            + " 'grafana'");
    var broken = reads.bundle("bundles/grafana");
    assertThat(broken.getStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_FAILED);
    assertThat(broken.getMessage()).isEqualTo("a.yaml:1:2: no");
    assertThat(broken.getNextStep()).isNotEmpty();
  }

  @Test
  void aClusterShowsItsNewestEnvelopeAndWhyItWasRefused() {
    fixture.publish(cluster(1), 1);
    fixture.publish(cluster(1), 2);
    fixture.sql(
        "update cluster set verdict_reason = 'SignatureInvalid', verdict_message = 'no key',"
            + " verdict_sequence = 2, clock_skew_millis = -1500 where id = ?",
        cluster(1).id());

    Cluster cluster = reads.cluster("clusters/store-0001");

    assertThat(cluster.getSequence()).isEqualTo(2);
    assertThat(cluster.getConnection()).isEqualTo(Connection.CONNECTION_ONLINE);
    assertThat(cluster.getConditions(0).getStatus()).isEqualTo("False");
    assertThat(cluster.getConditions(0).getReason()).isEqualTo("SignatureInvalid");
    assertThat(cluster.getClockSkew().getSeconds()).isEqualTo(-1);
    assertThat(cluster.getClockSkew().getNanos()).isEqualTo(-500_000_000);
    assertThat(cluster.getTargetsByStatusMap()).containsOnly(Map.entry("Ready", 1));
  }

  @Test
  void driftIsNewestFirstAndCanBeOpenOnly() {
    seed.drift("podinfo", cluster(1), "d1", "corrected", FleetFixture.NOW.minusSeconds(2));
    seed.drift("podinfo", cluster(1), "d2", "reported", FleetFixture.NOW.minusSeconds(1));
    seed.drift("podinfo", cluster(2), "d3", "failed", FleetFixture.NOW);

    assertThat(driftNames("bundles/-", false, ""))
        .containsExactly(
            "bundles/podinfo/targets/store-0002/drift/d3",
            "bundles/podinfo/targets/store-0001/drift/d2",
            "bundles/podinfo/targets/store-0001/drift/d1");
    assertThat(driftNames("bundles/podinfo/targets/store-0001", true, ""))
        .containsExactly("bundles/podinfo/targets/store-0001/drift/d2");
    assertThat(driftNames("clusters/store-0002", false, "manager = \"kubectl-edit\"")).hasSize(1);
    assertThat(driftNames("bundles/podinfo", false, "action = corrected")).hasSize(1);
  }

  @Test
  void eventsAreNewestFirstAndFiltered() {
    seed.event("e1", cluster(1), "podinfo", "Normal", FleetFixture.NOW.minusSeconds(1));
    seed.event("e2", cluster(1), "podinfo", "Warning", FleetFixture.NOW);

    assertThat(eventNames("")).containsExactly("events/e2", "events/e1");
    assertThat(eventNames("type = Warning")).containsExactly("events/e2");
    assertThat(eventNames("cluster != store-0001")).isEmpty();
  }

  @Test
  void whatDoesNotExistIsNotFound() {
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> reads.cluster("clusters/nobody"),
            () -> reads.bundle("bundles/nothing"),
            () -> reads.target("bundles/podinfo/targets/nobody"),
            () -> reads.source("sources/nothing"),
            () ->
                reads.targets(
                    ListTargetsRequest.newBuilder().setParent("bundles/nothing").build()))) {
      StatusRuntimeException refusal = catchThrowableOfType(StatusRuntimeException.class, call);
      assertThat(refusal.getStatus().getCode()).isEqualTo(Code.NOT_FOUND);
    }
  }

  @Test
  void aMalformedNameIsTheCallersFault() {
    assertReason(() -> reads.cluster("store-0001"), "NAME_MALFORMED", "name");
    assertReason(() -> reads.target("bundles/a/targets/"), "NAME_MALFORMED", "name");
    assertReason(
        () -> reads.targets(ListTargetsRequest.newBuilder().setParent("x").build()),
        "NAME_MALFORMED",
        "parent");
    assertReason(
        () -> reads.clusters(ListClustersRequest.newBuilder().setOrderBy("labels").build()),
        "ORDER_INVALID",
        "order_by");
  }

  private KnownCluster cluster(int i) {
    return clusters.values().stream().skip(i).findFirst().orElseThrow();
  }

  private List<String> clusterNames(String filter) {
    return reads
        .clusters(ListClustersRequest.newBuilder().setFilter(filter).build())
        .getClustersList()
        .stream()
        .map(Cluster::getName)
        .toList();
  }

  private List<String> bundleNames(String filter) {
    return reads
        .bundles(ListBundlesRequest.newBuilder().setFilter(filter).build())
        .getBundlesList()
        .stream()
        .map(Bundle::getName)
        .toList();
  }

  private List<String> targetNames(String filter) {
    return reads
        .targets(ListTargetsRequest.newBuilder().setParent("bundles/-").setFilter(filter).build())
        .getTargetsList()
        .stream()
        .map(Target::getName)
        .toList();
  }

  private List<String> driftNames(String parent, boolean open, String filter) {
    return reads
        .drift(
            ListDriftRequest.newBuilder()
                .setParent(parent)
                .setOpenOnly(open)
                .setFilter(filter)
                .build())
        .getDriftList()
        .stream()
        .map(Drift::getName)
        .toList();
  }

  private List<String> eventNames(String filter) {
    return reads
        .events(ListEventsRequest.newBuilder().setFilter(filter).build())
        .getEventsList()
        .stream()
        .map(Event::getName)
        .toList();
  }

  private static StatusRuntimeException assertReason(
      ThrowingCallable call, String reason, String field) {
    StatusRuntimeException refusal = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refusal.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    var details = StatusProto.fromThrowable(refusal).getDetailsList();
    assertThat(details.stream().filter(any -> any.is(ErrorInfo.class))).hasSize(1);
    try {
      ErrorInfo info = details.getFirst().unpack(ErrorInfo.class);
      assertThat(info.getReason()).isEqualTo(reason);
      assertThat(info.getDomain()).isEqualTo("towline.io");
      assertThat(details.get(1).unpack(BadRequest.class).getFieldViolations(0).getField())
          .isEqualTo(field);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    return refusal;
  }
}
