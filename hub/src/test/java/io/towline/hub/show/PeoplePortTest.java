package io.towline.hub.show;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;

import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.towline.envelope.JoinToken;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import io.towline.fleet.v1.AcceptClusterRequest;
import io.towline.fleet.v1.AddClusterRequest;
import io.towline.fleet.v1.AddClusterResponse;
import io.towline.fleet.v1.AddPoolRequest;
import io.towline.fleet.v1.AddPoolResponse;
import io.towline.fleet.v1.ApproveSourceRequest;
import io.towline.fleet.v1.Authority;
import io.towline.fleet.v1.FleetServiceGrpc;
import io.towline.fleet.v1.GetClusterRequest;
import io.towline.fleet.v1.GetEnvelopeRequest;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import io.towline.fleet.v1.ListAuthoritiesRequest;
import io.towline.fleet.v1.ListClustersRequest;
import io.towline.fleet.v1.ListPoolsRequest;
import io.towline.fleet.v1.ReconcileSourceRequest;
import io.towline.fleet.v1.RemoveClusterRequest;
import io.towline.fleet.v1.RemovePoolRequest;
import io.towline.fleet.v1.ReplaceAuthorityRequest;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchEvent.Kind;
import io.towline.fleet.v1.WatchRequest;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.FleetSeed;
import io.towline.vocabulary.Status;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The people's port and the management port in a running Quarkus. */
@QuarkusTest
@TestProfile(PeoplePort.class)
@SuppressWarnings("NullAway.Init") // Quarkus sets the fields before each test.
class PeoplePortTest {
  @TestHTTPResource("/")
  URI people;

  @TestHTTPResource(value = "/", management = true)
  URI management;

  @ConfigProperty(name = "towline.data-dir")
  Path directory;

  @Inject FleetFixture fixture;
  @Inject FleetMetrics metrics;

  private ManagedChannel channel;
  private FleetServiceGrpc.FleetServiceBlockingStub fleet;

  @BeforeEach
  void connect() throws IOException {
    channel =
        NettyChannelBuilder.forAddress(people.getHost(), people.getPort()).usePlaintext().build();
    fleet = FleetServiceGrpc.newBlockingStub(channel).withCallCredentials(bearer(token()));
  }

  @AfterEach
  void disconnect() {
    channel.shutdownNow();
  }

  @Test
  void theTokenIsInAFileOfItsOwnersAlone() throws IOException {
    assertThat(token()).hasSize(43);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("admin-token"))))
        .isEqualTo("rw-------");
  }

  @Test
  void everyCallButHealthNeedsTheToken() throws Exception {
    for (FleetServiceGrpc.FleetServiceBlockingStub stub :
        List.of(
            FleetServiceGrpc.newBlockingStub(channel),
            FleetServiceGrpc.newBlockingStub(channel).withCallCredentials(bearer("wrong")))) {
      StatusRuntimeException refusal =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> stub.getFleetSummary(GetFleetSummaryRequest.getDefaultInstance()));
      assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
      ErrorInfo info = StatusProto.fromThrowable(refusal).getDetails(0).unpack(ErrorInfo.class);
      assertThat(info.getReason()).isEqualTo("TOKEN_INVALID");
      assertThat(
              catchThrowableOfType(
                      StatusRuntimeException.class,
                      () -> stub.watch(WatchRequest.getDefaultInstance()).next())
                  .getStatus()
                  .getCode())
          .isEqualTo(Code.UNAUTHENTICATED);
    }
    assertThat(reflected("")).isEqualTo("UNAUTHENTICATED");
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
    assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(
            health
                .check(
                    HealthCheckRequest.newBuilder()
                        .setService("towline.fleet.v1.FleetService")
                        .build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void reflectionNamesTheServiceInBothVersions() throws Exception {
    assertThat(reflected(token())).contains("towline.fleet.v1.FleetService");
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    StreamObserver<io.grpc.reflection.v1alpha.ServerReflectionRequest> out =
        io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(channel)
            .withCallCredentials(bearer(token()))
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(io.grpc.reflection.v1alpha.ServerReflectionResponse response) {
                    answers.add(response.toString());
                  }

                  @Override
                  public void onError(Throwable cause) {
                    answers.add(cause.toString());
                  }

                  @Override
                  public void onCompleted() {}
                });
    out.onNext(
        io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
            .setListServices("")
            .build());
    assertThat(answers.poll(20, TimeUnit.SECONDS)).contains("towline.fleet.v1.FleetService");
    out.onCompleted();
  }

  @Test
  void addsAClusterAndGivesItsToken() {
    AddClusterResponse added =
        fleet.addCluster(
            AddClusterRequest.newBuilder().setClusterId("added").putLabels("env", "dev").build());

    JoinToken token = JoinToken.parse(added.getJoinToken());
    assertThat(token.clusterName()).isEqualTo("added");
    assertThat(token.hub()).matches("localhost:\\d+");
    assertThat(added.getCluster().getLabelsMap()).containsEntry("env", "dev");
    assertThat(
            fleet
                .getCluster(GetClusterRequest.newBuilder().setName("clusters/added").build())
                .getUid())
        .isEqualTo(token.cluster().toString());
  }

  @Test
  void makesShowsAndRemovesAPool() {
    AddPoolResponse added =
        fleet.addPool(
            AddPoolRequest.newBuilder()
                .setPoolId("edge")
                .setMaxClusters(5)
                .putLabels("env", "edge")
                .addAcceptedLabels("site")
                .setAcceptManually(true)
                .build());

    assertThat(PoolToken.parse(added.getJoinToken()).pool()).isEqualTo("edge");
    assertThat(added.getPool().getName()).isEqualTo("pools/edge");
    assertThat(fleet.listPools(ListPoolsRequest.getDefaultInstance()).getPoolsList())
        .containsExactly(added.getPool());
    assertThat(
            codeOf(
                () ->
                    fleet.addPool(
                        AddPoolRequest.newBuilder().setPoolId("edge").setMaxClusters(1).build())))
        .isEqualTo(Code.ALREADY_EXISTS);
    assertThat(codeOf(() -> fleet.addPool(AddPoolRequest.newBuilder().setPoolId("far").build())))
        .isEqualTo(Code.INVALID_ARGUMENT);
    RemovePoolRequest remove = RemovePoolRequest.newBuilder().setName("pools/edge").build();
    assertThat(fleet.removePool(remove).getRemovedClusters()).isZero();
    assertThat(codeOf(() -> fleet.removePool(remove))).isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void rejectsNoClusterThatDoesNotWait() {
    fleet.addCluster(AddClusterRequest.newBuilder().setClusterId("settled").build());

    assertThat(
            codeOf(
                () ->
                    fleet.removeCluster(
                        RemoveClusterRequest.newBuilder()
                            .setName("clusters/settled")
                            .setWaitingOnly(true)
                            .build())))
        .isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(
            fleet
                .acceptCluster(
                    AcceptClusterRequest.newBuilder().setName("clusters/settled").build())
                .getWaitsForAcceptance())
        .isFalse();
  }

  @Test
  void replacesTheAuthorityOnceAtATime() {
    assertThat(
            fleet
                .listAuthorities(ListAuthoritiesRequest.getDefaultInstance())
                .getAuthorities(0)
                .getSigns())
        .isTrue();

    assertThat(
            fleet
                .replaceAuthority(ReplaceAuthorityRequest.getDefaultInstance())
                .getAuthoritiesList())
        .extracting(Authority::getSigns)
        .containsExactly(true, false);
    assertThat(codeOf(() -> fleet.replaceAuthority(ReplaceAuthorityRequest.getDefaultInstance())))
        .isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Test
  void addsAClusterThatNeverCallsAndShowsItAsSuch() {
    AddClusterResponse added =
        fleet.addCluster(
            AddClusterRequest.newBuilder().setClusterId("carried").setOffline(true).build());

    assertThat(OfflineToken.parse(added.getJoinToken()).clusterName()).isEqualTo("carried");
    assertThat(added.hasTokenExpireTime()).isFalse();
    assertThat(added.getCluster().getOffline()).isTrue();
    assertThat(added.getCluster().getConditionsList())
        .allSatisfy(condition -> assertThat(condition.getReason()).isEqualTo("Carried"));
    for (AddClusterRequest wrong :
        List.of(
            AddClusterRequest.newBuilder()
                .setClusterId("carried")
                .setOffline(true)
                .setTtl(Duration.newBuilder().setSeconds(3600))
                .build(),
            AddClusterRequest.newBuilder()
                .setClusterId("called")
                .addSealRecipients("age1" + "q".repeat(58))
                .build())) {
      assertThat(codeOf(() -> fleet.addCluster(wrong))).isEqualTo(Code.INVALID_ARGUMENT);
    }
  }

  private static Code codeOf(ThrowingCallable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call).getStatus().getCode();
  }

  @Test
  void anErrorHasOneReasonAndItsField() throws Exception {
    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                fleet.listClusters(ListClustersRequest.newBuilder().setFilter("nme = a").build()));

    assertThat(refusal.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal.getStatus().getDescription()).contains("did you mean name?");
    var details = StatusProto.fromThrowable(refusal).getDetailsList();
    assertThat(details.getFirst().unpack(ErrorInfo.class).getReason()).isEqualTo("FILTER_INVALID");
    assertThat(details.get(1).unpack(BadRequest.class).getFieldViolations(0).getField())
        .isEqualTo("filter");
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class,
                    () ->
                        fleet.addCluster(
                            AddClusterRequest.newBuilder().setClusterId("No Name").build()))
                .getStatus()
                .getCode())
        .isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void reconcilesASourceAndSaysHowItWent() {
    new FleetSeed(fixture).source("to-reconcile");

    Source source =
        fleet.reconcileSource(
            ReconcileSourceRequest.newBuilder().setName("sources/to-reconcile").build());

    assertThat(source.getMessage()).isEqualTo("reconciled");
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class,
                    () ->
                        fleet.reconcileSource(
                            ReconcileSourceRequest.newBuilder().setName("sources/no").build()))
                .getStatus()
                .getCode())
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void takesAnApprovedCommitOverAndSaysWhyItTookNoOther() {
    new FleetSeed(fixture).source("to-approve");

    String good = "1".repeat(40);
    assertThat(approve("to-approve", good).getCommit()).isEqualTo(good);
    assertThat(approve("to-approve", good).getCommit()).isEqualTo(good);
    assertThat(refusalOfApproval("to-approve", "2".repeat(40))).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(refusalOfApproval("to-approve", "1111")).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusalOfApproval("no", good)).isEqualTo(Code.NOT_FOUND);
  }

  private Source approve(String source, String commit) {
    return fleet.approveSource(
        ApproveSourceRequest.newBuilder().setName("sources/" + source).setCommit(commit).build());
  }

  private Code refusalOfApproval(String source, String commit) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> approve(source, commit))
        .getStatus()
        .getCode();
  }

  @Test
  void handsOutAnEnvelopeWithItsBodies() {
    var cluster = fixture.cluster("exported", Map.of());
    var bundle = fixture.bundle("exported", List.of("{\"a\":1}".getBytes(StandardCharsets.UTF_8)));
    fixture.publish(cluster, 4, bundle);

    var envelope =
        fleet.getEnvelope(
            GetEnvelopeRequest.newBuilder()
                .setName("clusters/exported")
                .setWithBodies(true)
                .build());

    assertThat(envelope.getSequence()).isEqualTo(4);
    assertThat(envelope.getDsse().toStringUtf8()).isEqualTo("{\"sequence\":4}");
    assertThat(envelope.getRoots(0).toByteArray()).isEqualTo(fixture.root.write());
    assertThat(envelope.getBodiesList()).hasSize(2);
    assertThat(envelope.getBodiesList())
        .anySatisfy(
            body -> {
              assertThat(body.getSha256()).isEqualTo(bundle.digest().hex());
              assertThat(body.getContent().toByteArray()).isEqualTo(bundle.bytes());
            });
  }

  @Test
  void watchesOverTheWire() {
    FleetSeed seed = new FleetSeed(fixture);
    var cluster = fixture.cluster("watched", Map.of());
    seed.connection(cluster, "ONLINE", FleetFixture.NOW);
    seed.target("watched", cluster, Status.READY, "");
    Iterator<WatchEvent> events =
        fleet.watch(
            WatchRequest.newBuilder().addTypes("target").setFilter("bundle = watched").build());
    assertThat(events.next().getTarget().getName()).isEqualTo("bundles/watched/targets/watched");
    assertThat(events.next().getKind()).isEqualTo(Kind.KIND_BOOKMARK);

    seed.status("watched", cluster, Status.FAILED, "ApplyFailed");

    WatchEvent event = events.next();
    while (event.getKind() == Kind.KIND_BOOKMARK) {
      event = events.next();
    }
    assertThat(event.getTarget().getReason()).isEqualTo("ApplyFailed");
  }

  @Test
  void healthIsUnderBothHabitsAndSaysWhatItRestsOn() {
    for (String path : List.of("/readyz", "/q/health/ready")) {
      given()
          .get(management.resolve(path))
          .then()
          .statusCode(200)
          .body("status", equalTo("UP"))
          .body("checks.name", hasItems("database", "migrations", "signing key"))
          .body(
              "checks.find { it.name == 'signing key' }.data.caution",
              equalTo(new SoleSigner().soleKey().warning().orElseThrow()));
    }
    for (String path :
        List.of("/livez", "/startz", "/q/health/live", "/q/health/started", "/q/metrics")) {
      given().get(management.resolve(path)).then().statusCode(200);
    }
    given().get(people.resolve("/q/health/ready")).then().statusCode(404);
  }

  @Test
  void metricsShowEveryStatusOfEveryBundle() {
    FleetSeed seed = new FleetSeed(fixture);
    seed.source("measured");
    seed.bundle("measured", "measured", "{}");
    var cluster = fixture.cluster("measured", Map.of());
    seed.connection(cluster, "OFFLINE", FleetFixture.NOW);
    seed.target("measured", cluster, Status.READY, "");
    metrics.refresh();

    String text = given().get(management.resolve("/metrics")).then().extract().asString();
    assertThat(text).contains("towline_signing_sole_key_roles 1.0");

    for (Status status : Status.values()) {
      assertThat(text)
          .contains(
              "towline_targets{bundle=\"measured\",status=\""
                  + status.word()
                  + "\"} "
                  + (status == Status.UNKNOWN ? "1.0" : "0.0"));
    }
    assertThat(text)
        .contains("towline_clusters{connection=\"OFFLINE\"}")
        .contains("towline_cluster_connected{managed_cluster=\"measured\"} 0.0")
        .contains("towline_cluster_last_seen_timestamp_seconds{managed_cluster=\"measured\"}")
        .contains("towline_source_last_success_timestamp_seconds{source=\"measured\"}")
        .contains("towline_build_info{component=\"hub\"")
        .contains("towline_agent_streams");
  }

  @Test
  void aWebhookIsJudgedByItsReceiverAlone() {
    given()
        .header("X-Test", "genuine")
        .body("{}")
        .post(people.resolve("/hooks/apps"))
        .then()
        .statusCode(202);
    given()
        .body("{}")
        .post(people.resolve("/hooks/apps"))
        .then()
        .statusCode(401)
        .body(not(containsString("apps")));
    given()
        .header("X-Test", "flood")
        .body("{}")
        .post(people.resolve("/hooks/apps"))
        .then()
        .statusCode(429);
    given()
        .header("X-Test", "genuine")
        .contentType("application/octet-stream")
        .body(new byte[WebhookReceiver.MAX_BODY_BYTES + 1])
        .post(people.resolve("/hooks/apps"))
        .then()
        .statusCode(413);
  }

  private String reflected(String token) throws InterruptedException {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    ServerReflectionGrpc.ServerReflectionStub stub = ServerReflectionGrpc.newStub(channel);
    if (!token.isEmpty()) {
      stub = stub.withCallCredentials(bearer(token));
    }
    StreamObserver<ServerReflectionRequest> out =
        stub.serverReflectionInfo(
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse response) {
                answers.add(response.toString());
              }

              @Override
              public void onError(Throwable cause) {
                answers.add(io.grpc.Status.fromThrowable(cause).getCode().name());
              }

              @Override
              public void onCompleted() {}
            });
    out.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    String answer = answers.poll(20, TimeUnit.SECONDS);
    return answer == null ? "" : answer;
  }

  private String token() throws IOException {
    return Files.readString(directory.resolve("admin-token")).strip();
  }

  private static CallCredentials bearer(String token) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(
          RequestInfo info, Executor executor, MetadataApplier applier) {
        Metadata headers = new Metadata();
        headers.put(
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        applier.apply(headers);
      }
    };
  }
}
