package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FetchResponse.Encoding;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.TargetReport;
import io.towline.agent.v1.Want;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.ManifestDelta;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.PublishedEnvelope;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agents' port as an agent sees it: real gRPC, real TLS, a real database. */
class AgentStreamsTest {
  private static final String MINE = "store-0001";

  private final RecordingSink sink = new RecordingSink();
  private FleetFixture fixture;
  private AgentsPort port;
  private KnownCluster cluster;
  private KnownCluster other;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    fixture = new FleetFixture(directory);
    port = new AgentsPort(fixture, directory, sink);
    cluster = fixture.cluster("store-0001", Map.of());
    other = fixture.cluster("store-0002", Map.of());
  }

  @AfterEach
  void close() {
    port.close();
    fixture.close();
  }

  @Test
  void refusesEveryCallButEnrollWithoutACertificate() throws Exception {
    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> port.stranger().getRoots(GetRootsRequest.getDefaultInstance()));

    assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    var details = StatusProto.fromThrowable(refusal).getDetailsList();
    assertThat(details).hasSize(1);
    ErrorInfo info = details.getFirst().unpack(ErrorInfo.class);
    assertThat(info.getDomain()).isEqualTo("towline.io");
    assertThat(info.getReason()).isEqualTo("CERTIFICATE_MISSING");
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> port.stranger().renew(RenewRequest.getDefaultInstance()))
                .getStatus()
                .getCode())
        .isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void givesTheRootsAboveAVersion() throws Exception {
    var roots = port.blocking(MINE).getRoots(GetRootsRequest.getDefaultInstance()).getRootsList();

    assertThat(roots).hasSize(1);
    assertThat(roots.getFirst().getDsse().toByteArray()).isEqualTo(fixture.root.write());
    assertThat(
            port.blocking(MINE)
                .getRoots(GetRootsRequest.newBuilder().setAfterVersion(1).build())
                .getRootsList())
        .isEmpty();
    assertThat(
            port.blocking(MINE)
                .getRoots(GetRootsRequest.newBuilder().setAfterVersion(-1).build())
                .getRootsList())
        .isEmpty();
  }

  @Test
  void followsFromTheNewestEnvelopeOn() throws Exception {
    fixture.publish(cluster, 1);
    fixture.publish(cluster, 2);
    Inbox<FollowResponse> inbox = follow(FollowRequest.getDefaultInstance());

    assertThat(inbox.next().getWelcome().getRootVersion()).isEqualTo(1);
    assertThat(inbox.next().getEnvelope().getPosition().getSequence()).isEqualTo(2);
    PublishedEnvelope third = fixture.publish(cluster, 3);
    FollowResponse got = inbox.next();
    assertThat(got.getEnvelope().getPosition().getPayloadSha256()).isEqualTo(third.payloadSha256());
    assertThat(unpack(got.getEnvelope().getDsseGzip().toByteArray()))
        .isEqualTo("{\"sequence\":3}".getBytes(StandardCharsets.UTF_8));
    assertThat(sink.calls).containsExactly("followed store-0001");
  }

  @Test
  void doesNotSendTheEnvelopeThatIsHeld() throws Exception {
    PublishedEnvelope held = fixture.publish(cluster, 5);
    Inbox<FollowResponse> inbox =
        follow(
            FollowRequest.newBuilder()
                .setHeld(
                    Position.newBuilder()
                        .setEpoch(1)
                        .setSequence(5)
                        .setPayloadSha256(held.payloadSha256()))
                .build());

    assertThat(inbox.next().hasWelcome()).isTrue();
    fixture.publish(cluster, 6);
    assertThat(inbox.next().getEnvelope().getPosition().getSequence()).isEqualTo(6);
  }

  @Test
  void sendsAnEnvelopeOfTheHeldSequenceWhosePayloadIsAnother() throws Exception {
    fixture.publish(cluster, 5);
    Inbox<FollowResponse> inbox =
        follow(
            FollowRequest.newBuilder()
                .setHeld(
                    Position.newBuilder()
                        .setEpoch(1)
                        .setSequence(5)
                        .setPayloadSha256("0".repeat(64)))
                .build());

    assertThat(inbox.next().hasWelcome()).isTrue();
    assertThat(inbox.next().getEnvelope().getPosition().getSequence()).isEqualTo(5);
  }

  @Test
  void aSecondFollowEndsTheFirst() throws Exception {
    Inbox<FollowResponse> first = follow(FollowRequest.getDefaultInstance());
    assertThat(first.next().hasWelcome()).isTrue();

    Inbox<FollowResponse> second = follow(FollowRequest.getDefaultInstance());

    assertThat(first.end().getCode()).isEqualTo(Code.ABORTED);
    assertThat(second.next().hasWelcome()).isTrue();
    fixture.publish(cluster, 1);
    assertThat(second.next().getEnvelope().getPosition().getSequence()).isEqualTo(1);
    assertThat(port.streams.streams()).isEqualTo(1);
  }

  @Test
  void beatsWhenItHasBeenSilentForTheInterval() throws Exception {
    Inbox<FollowResponse> inbox = follow(FollowRequest.getDefaultInstance());
    var interval = inbox.next().getWelcome().getBeatInterval();

    port.streams.tick();
    port.nanos.addAndGet(interval.getSeconds() * 1_000_000_000L);
    port.streams.tick();

    assertThat(inbox.next().hasBeat()).isTrue();
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void cutsEveryStreamOfACluster() throws Exception {
    Inbox<FollowResponse> inbox = follow(FollowRequest.getDefaultInstance());
    inbox.next();
    Inbox<ReportResponse> reports = new Inbox<>();
    StreamObserver<ReportRequest> out = port.async(MINE).report(reports);
    out.onNext(hello());
    reports.next();

    port.streams.cut(cluster, Reason.CLUSTER_REMOVED);

    assertThat(inbox.end().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(reports.end().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(port.streams.streams()).isZero();
  }

  @Test
  void refusesFactsThatAreTooLong() throws Exception {
    Inbox<FollowResponse> inbox =
        follow(
            FollowRequest.newBuilder()
                .setFacts(AgentFacts.newBuilder().setAgentVersion("v".repeat(65)))
                .build());

    assertThat(inbox.end().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void fetchesWhatTheNewestEnvelopeNames() throws Exception {
    byte[] small = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    byte[] large = noise(200_000, 1);
    BundleManifest bundle = fixture.bundle("podinfo", List.of(small, large));
    fixture.publish(cluster, 1, bundle);
    List<String> digests = new ArrayList<>(List.of(bundle.digest().hex()));
    bundle.objects().forEach(entry -> digests.add(entry.digest().hex()));

    Map<String, byte[]> got = fetch(digests.stream().map(AgentStreamsTest::want).toList());

    assertThat(got.keySet()).containsExactlyElementsOf(digests);
    assertThat(got.get(bundle.digest().hex())).isEqualTo(bundle.bytes());
    assertThat(got.get(digests.get(1))).isEqualTo(small);
    assertThat(got.get(digests.get(2))).isEqualTo(large);
  }

  @Test
  void anotherClustersBodyAndAnUnknownOneAreRefusedAlike() throws Exception {
    BundleManifest mine = fixture.bundle("podinfo", List.of(noise(100, 1)));
    BundleManifest theirs = fixture.bundle("secret", List.of(noise(100, 2)));
    BundleManifest former = fixture.bundle("former", List.of(noise(100, 3)));
    fixture.publish(cluster, 1, former);
    fixture.publish(cluster, 2, mine);
    fixture.publish(other, 1, theirs);
    String unknown = "ab".repeat(32);

    List<String> refused =
        List.of(
            unknown,
            theirs.digest().hex(),
            theirs.objects().getFirst().digest().hex(),
            former.digest().hex(),
            former.objects().getFirst().digest().hex());

    // The first call of an agent asks for more than those that follow.
    refusal(want(unknown));
    Set<Long> work = new HashSet<>();
    for (String digest : refused) {
      long before = fixture.statements.get();
      Status status = refusal(want(digest));
      work.add(fixture.statements.get() - before);
      assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND);
      assertThat(status.getDescription())
          .isEqualTo("This cluster's envelope does not name " + digest + ".");
    }
    assertThat(work).as("statements for each, so that time tells nothing").hasSize(1);
  }

  @Test
  void sendsNothingOfAFetchThatAsksForOneForeignBody() throws Exception {
    BundleManifest mine = fixture.bundle("podinfo", List.of(noise(100, 1)));
    fixture.publish(cluster, 1, mine);
    Inbox<FetchResponse> inbox = new Inbox<>();

    port.async(MINE)
        .fetch(
            FetchRequest.newBuilder()
                .addWants(want(mine.digest().hex()))
                .addWants(want("ab".repeat(32)))
                .build(),
            inbox);

    assertThat(inbox.end().getCode()).isEqualTo(Code.NOT_FOUND);
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void refusesMalformedWants() throws Exception {
    assertThat(refusal(want("AB".repeat(32))).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal(want("../etc/passwd")).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal(want("ab".repeat(32)).toBuilder().setOffset(-1).build()).getCode())
        .isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(
            refusal(
                    want("ab".repeat(32)).toBuilder()
                        .addAllHeldBases(List.of("1", "2", "3", "4", "5"))
                        .build())
                .getCode())
        .isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void resumesAtEveryClassOfOffset() throws Exception {
    BundleManifest bundle = fixture.bundle("podinfo", List.of(noise(100_000, 7)));
    fixture.publish(cluster, 1, bundle);
    String digest = bundle.objects().getFirst().digest().hex();
    byte[] whole = encoded(want(digest));
    int chunk = FetchCall.CHUNK_BYTES;

    for (int offset :
        new int[] {0, 1, chunk - 1, chunk, chunk + 1, whole.length - 1, whole.length}) {
      byte[] rest = encoded(want(digest).toBuilder().setOffset(offset).build());
      assertThat(rest)
          .as("from byte %d", offset)
          .isEqualTo(Arrays.copyOfRange(whole, offset, whole.length));
    }
    assertThat(refusal(want(digest).toBuilder().setOffset(whole.length + 1L).build()).getCode())
        .isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void sendsAManifestAsADeltaAgainstAHeldOne() throws Exception {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      bodies.add(noise(50, i));
    }
    BundleManifest before = fixture.bundle("podinfo", bodies);
    bodies.set(100, noise(50, 1_000));
    BundleManifest after = fixture.bundle("podinfo", bodies);
    fixture.publish(cluster, 1, before);
    fixture.publish(cluster, 2, after);
    Want asked = want(after.digest().hex()).toBuilder().addHeldBases(before.digest().hex()).build();

    FetchResponse got = chunks(asked).getFirst();

    assertThat(got.getEncoding()).isEqualTo(Encoding.ENCODING_DELTA_GZIP);
    assertThat(got.getBaseSha256()).isEqualTo(before.digest().hex());
    assertThat(ManifestDelta.apply(before.bytes(), unpack(encoded(asked))))
        .isEqualTo(after.bytes());
    assertThat(got.getEncodedSize()).isLessThan(1_024);
    assertThat(encoded(asked.toBuilder().setOffset(10).build()))
        .hasSize((int) got.getEncodedSize() - 10);
  }

  @Test
  void sendsTheWholeManifestWhereTheBaseIsNotThisClusters() throws Exception {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      bodies.add(noise(50, i));
    }
    BundleManifest theirs = fixture.bundle("podinfo", bodies);
    bodies.set(3, noise(50, 1_000));
    BundleManifest mine = fixture.bundle("podinfo", bodies);
    fixture.publish(other, 1, theirs);
    fixture.publish(cluster, 1, mine);

    FetchResponse got =
        chunks(
                want(mine.digest().hex()).toBuilder()
                    .addHeldBases(theirs.digest().hex())
                    .addHeldBases("not a digest")
                    .build())
            .getFirst();

    assertThat(got.getEncoding()).isEqualTo(Encoding.ENCODING_GZIP);
  }

  @Test
  void sendsTheWholeManifestWhereADeltaWouldBeLarger() throws Exception {
    BundleManifest before = fixture.bundle("podinfo", List.of(noise(50, 1)));
    BundleManifest after = fixture.bundle("podinfo", List.of(noise(50, 2), noise(50, 3)));
    fixture.publish(cluster, 1, before);
    fixture.publish(cluster, 2, after);
    Want asked = want(after.digest().hex()).toBuilder().addHeldBases(before.digest().hex()).build();

    byte[] whole = encoded(want(after.digest().hex()));

    assertThat(chunks(asked).getFirst().getEncodedSize()).isLessThanOrEqualTo(whole.length);
  }

  @Test
  void acknowledgesABatchOnlyAfterItIsStored() throws Exception {
    sink.mayStore.drainPermits();
    Inbox<ReportResponse> inbox = new Inbox<>();
    StreamObserver<ReportRequest> out = port.async(MINE).report(inbox);
    out.onNext(hello());
    assertThat(inbox.next().getWelcome().getLastNumber()).isZero();

    out.onNext(batch(1));
    out.onNext(batch(2));
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(sink.calls).containsExactly("hello store-0001 7");
    sink.mayStore.release();
    assertThat(inbox.next().getAck().getNumber()).isEqualTo(1);
    sink.mayStore.release();
    assertThat(inbox.next().getAck().getNumber()).isEqualTo(2);

    assertThat(sink.calls)
        .containsExactly("hello store-0001 7", "batch store-0001 7/1", "batch store-0001 7/2");
  }

  @Test
  void acknowledgesARepeatedBatchWithoutStoringIt() throws Exception {
    sink.lastNumber = 4;
    Inbox<ReportResponse> inbox = new Inbox<>();
    StreamObserver<ReportRequest> out = port.async(MINE).report(inbox);
    out.onNext(hello());
    assertThat(inbox.next().getWelcome().getLastNumber()).isEqualTo(4);

    out.onNext(batch(3));

    assertThat(inbox.next().getAck().getNumber()).isEqualTo(4);
    assertThat(sink.calls).containsExactly("hello store-0001 7");
  }

  @Test
  void passesOnThatTheHubWantsEverything() throws Exception {
    sink.fullStateWanted = true;
    Inbox<ReportResponse> inbox = new Inbox<>();
    port.async(MINE).report(inbox).onNext(hello());

    assertThat(inbox.next().hasWelcome()).isTrue();
    assertThat(inbox.next().hasFullState()).isTrue();
  }

  @Test
  void endsAReportStreamWhoseMessagesAreInTheWrongOrder() throws Exception {
    assertThat(reportEnds(batch(1)).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(
            reportEnds(
                    ReportRequest.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build())
                .getCode())
        .isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(reportEnds(hello(), hello()).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(reportEnds(hello(), batch(2)).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(reportEnds(ReportRequest.getDefaultInstance()).getCode())
        .isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(sink.calls).noneMatch(call -> call.startsWith("batch"));
  }

  @Test
  void endsAReportStreamWithAnOversizedBatch() throws Exception {
    ReportRequest large =
        ReportRequest.newBuilder()
            .setBatch(
                ReportBatch.newBuilder()
                    .setNumber(1)
                    .addItems(
                        ReportItem.newBuilder()
                            .setTarget(
                                TargetReport.newBuilder()
                                    .setMessage("m".repeat(ReportCall.MAX_BATCH_BYTES)))))
            .build();

    assertThat(reportEnds(hello(), large).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(sink.calls).noneMatch(call -> call.startsWith("batch"));
  }

  @Test
  void refusesAMessageOverOneMebibyte() throws Exception {
    ReportRequest huge =
        ReportRequest.newBuilder()
            .setHello(
                ReportHello.newBuilder()
                    .setFacts(
                        AgentFacts.newBuilder()
                            .setAgentVersionBytes(ByteString.copyFromUtf8("v".repeat(1_100_000)))))
            .build();

    assertThat(reportEnds(huge).getCode()).isIn(Code.RESOURCE_EXHAUSTED, Code.CANCELLED);
    assertThat(sink.calls).isEmpty();
  }

  private Inbox<FollowResponse> follow(FollowRequest request) throws IOException {
    Inbox<FollowResponse> inbox = new Inbox<>();
    port.async(MINE).follow(request, inbox);
    return inbox;
  }

  private Status reportEnds(ReportRequest... requests) throws Exception {
    Inbox<ReportResponse> inbox = new Inbox<>();
    StreamObserver<ReportRequest> out = port.async(MINE).report(inbox);
    for (ReportRequest request : requests) {
      out.onNext(request);
    }
    return inbox.end();
  }

  private List<FetchResponse> chunks(Want... wants) throws IOException {
    List<FetchResponse> chunks = new ArrayList<>();
    Iterator<FetchResponse> got =
        port.blocking(MINE).fetch(FetchRequest.newBuilder().addAllWants(List.of(wants)).build());
    got.forEachRemaining(chunks::add);
    return chunks;
  }

  private byte[] encoded(Want want) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (FetchResponse chunk : chunks(want)) {
      assertThat(chunk.getOffset()).isEqualTo(want.getOffset() + bytes.size());
      chunk.getData().writeTo(bytes);
    }
    return bytes.toByteArray();
  }

  private Map<String, byte[]> fetch(List<Want> wants) throws IOException {
    Map<String, ByteArrayOutputStream> parts = new LinkedHashMap<>();
    for (FetchResponse chunk : chunks(wants.toArray(Want[]::new))) {
      chunk
          .getData()
          .writeTo(parts.computeIfAbsent(chunk.getSha256(), digest -> new ByteArrayOutputStream()));
    }
    Map<String, byte[]> bodies = new LinkedHashMap<>();
    for (var part : parts.entrySet()) {
      bodies.put(part.getKey(), unpack(part.getValue().toByteArray()));
    }
    return bodies;
  }

  private Status refusal(Want want) throws Exception {
    Inbox<FetchResponse> inbox = new Inbox<>();
    port.async(MINE).fetch(FetchRequest.newBuilder().addWants(want).build(), inbox);
    return inbox.end();
  }

  private static Want want(String digest) {
    return Want.newBuilder().setSha256(digest).build();
  }

  private static ReportRequest hello() {
    return ReportRequest.newBuilder().setHello(ReportHello.newBuilder().setIncarnation(7)).build();
  }

  private static ReportRequest batch(long number) {
    return ReportRequest.newBuilder().setBatch(ReportBatch.newBuilder().setNumber(number)).build();
  }

  /** Bytes that do not compress. */
  private static byte[] noise(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] unpack(byte[] packed) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }
}
