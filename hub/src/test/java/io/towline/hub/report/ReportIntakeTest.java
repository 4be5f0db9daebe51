package io.towline.hub.report;

import static io.towline.hub.store.StoreFixture.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.DriftReport;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.EventReport;
import io.towline.agent.v1.FieldChange;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.ObjectProblem;
import io.towline.agent.v1.ObjectRef;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.TargetRemoved;
import io.towline.agent.v1.TargetReport;
import io.towline.envelope.BundleManifest;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.StoreFixture;
import io.towline.hub.store.TargetState;
import io.towline.hub.store.TargetState.Reported;
import io.towline.hub.stream.ReportSink.Standing;
import io.towline.vocabulary.MetricNames;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportIntakeTest {
  @TempDir Path data;
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private StoreFixture store;
  private ReportIntake intake;
  private KnownCluster alpha;
  private BundleManifest web;

  @BeforeEach
  void open() {
    store = new StoreFixture(data);
    intake = new ReportIntake(store.contacts, store.reports, metrics, store);
    alpha = store.cluster("alpha");
    web = store.render("web", "a");
    store.publish(alpha, 1, plan(web));
    hello(1);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aTargetThatIsReportedReadyIsReadyAndItsWayIsMeasured() {
    store.advance(Duration.ofSeconds(3));

    batch(1, ready(web));

    assertThat(target().judged().status()).isEqualTo(Status.READY);
    assertThat(metrics.timer(MetricNames.PROPAGATION, "bundle", "web").count()).isEqualTo(1);
    assertThat(metrics.timer(MetricNames.PROPAGATION, "bundle", "web").totalTime(TimeUnit.SECONDS))
        .isEqualTo(3);
  }

  @Test
  void aBatchIsStoredOnce() {
    batch(1, ready(web));
    store.forgetChanges();

    assertThat(batch(1, failed())).isEqualTo(new Standing(1, false));

    assertThat(target().judged().status()).isEqualTo(Status.READY);
    assertThat(store.changed()).isEmpty();
  }

  @Test
  void aBatchThatLeavesAGapHasNoEffect() {
    assertThat(batch(5, ready(web))).isEqualTo(new Standing(0, false));

    assertThat(target().reported()).isEmpty();
  }

  @Test
  void anOlderIncarnationCannotOverwriteAYoungerOne() {
    hello(2);
    intake.batch(alpha, 2, ReportBatch.newBuilder().setNumber(1).addItems(ready(web)).build());

    intake.batch(alpha, 1, ReportBatch.newBuilder().setNumber(1).addItems(failed()).build());

    assertThat(target().judged().status()).isEqualTo(Status.READY);
    assertThat(hello(1)).isEqualTo(new Standing(0, false));
    assertThat(hello(2)).isEqualTo(new Standing(1, false));
    assertThat(hello(3)).isEqualTo(new Standing(0, true));
  }

  @Test
  void aFullStateForgetsWhatItDoesNotName() {
    batch(1, ready(web));

    intake.batch(alpha, 1, ReportBatch.newBuilder().setNumber(2).setFullState(true).build());

    assertThat(target().reported()).isEmpty();
    assertThat(target().judged().status()).isEqualTo(Status.PROGRESSING);
  }

  @Test
  void anAgentSpeaksOfItsOwnClusterAndItsOwnBundlesAlone() {
    KnownCluster beta = store.cluster("beta");
    store.publish(beta, 1, plan(web));

    batch(
        1,
        ReportItem.newBuilder()
            .setTarget(ready(web).getTarget().toBuilder().setBundle("other"))
            .build(),
        drift("other", "d1"),
        ready(web));

    assertThat(store.targets.of(beta.id()).getFirst().reported()).isEmpty();
    assertThat(store.targets.of(alpha.id())).hasSize(1);
    assertThat(store.count("drift")).isZero();
  }

  @Test
  void aRefusedEnvelopeBlocksTheClusterUntilANewerOneIsAccepted() {
    batch(1, ready(web), verdict(1, false));
    assertThat(target().judged().status()).isEqualTo(Status.BLOCKED);
    assertThat(target().judged().reason()).contains(Reason.SIGNATURE_INVALID);
    assertThat(
            metrics
                .counter(MetricNames.VERIFICATION_FAILURES, "reason", "SignatureInvalid")
                .count())
        .isEqualTo(1);

    batch(2, verdict(1, true));

    assertThat(target().judged().status()).isEqualTo(Status.READY);
  }

  @Test
  void anOldEnvelopeThatIsRefusedSaysNothingOfTheNewestOne() {
    store.publish(alpha, 2, plan(web));
    batch(1, ready(web), verdict(1, false));

    assertThat(target().judged().status()).isEqualTo(Status.READY);
  }

  @Test
  void aDivergenceIsKeptOnceHoweverOftenItIsReported() {
    batch(1, drift("web", "d1"), drift("web", "d1"), drift("web", "d2"));

    assertThat(store.count("drift")).isEqualTo(2);
    assertThat(
            metrics
                .counter(MetricNames.DRIFT_DETECTED, "bundle", "web", "action", "corrected")
                .count())
        .isEqualTo(3);
  }

  @Test
  void aRemovedTargetThatTheAgentLetGoOfIsGone() {
    store.publish(alpha, 2, StoreFixture.removing("web"));
    heartbeat(2);

    batch(
        1,
        ReportItem.newBuilder()
            .setTargetRemoved(TargetRemoved.newBuilder().setBundle("web"))
            .build());

    assertThat(store.targets.of(alpha.id())).isEmpty();
  }

  @Test
  void textsAreBoundedAndCarryNothingThatTerminalsObey() {
    String evil = "\u001b[31m<script>\r\u009b2J\u202e\u0000\ud800" + "x".repeat(100_000);

    batch(
        1,
        ReportItem.newBuilder()
            .setTarget(failed().getTarget().toBuilder().setMessage(evil))
            .build());

    String message = target().judged().message();
    assertThat(message)
        .hasSizeLessThanOrEqualTo(Reading.MAX_MESSAGE)
        .startsWith(" [31m<script>  2J")
        .doesNotContain("\u001b", "\r", "\u009b", "\u202e", "\u0000", "\ud800");
  }

  @Test
  void whatAnAgentSaysOfItselfIsNotObeyedEither() {
    intake.followed(
        alpha,
        FollowRequest.newBuilder()
            .setFacts(
                AgentFacts.newBuilder()
                    .setAgentVersion("1\u001b]0;owned\u0007")
                    .setKubernetesVersion("v1.35\r\n")
                    .setKubeSystemUid("\u202euid"))
            .build());

    String facts =
        store.database.inTransaction(
            connection -> {
              try (var rows =
                  connection
                      .createStatement()
                      .executeQuery(
                          "select agent_version || kubernetes_version || kube_system_uid"
                              + " from cluster")) {
                rows.next();
                return rows.getString(1);
              }
            });
    assertThat(facts).isEqualTo("1 ]0;owned v1.35 \n uid");
  }

  @Test
  void aHundredThousandObjectsAreCountedAndNotKept() {
    ReportItem.Builder many = ReportItem.newBuilder().setTarget(failed().getTarget());
    many.getTargetBuilder().setObjects(100_000).setObjectsCurrent(1);
    for (int i = 0; i < 100_000; i++) {
      many.getTargetBuilder()
          .addProblems(
              ObjectProblem.newBuilder()
                  .setObject(
                      ObjectRef.newBuilder().setApiVersion("v1").setKind("Secret").setName("s" + i))
                  .setReason("ApplyFailed"));
    }
    List<ReportItem> items = new ArrayList<>(List.of(many.build()));
    for (int i = 0; i < 100_000; i++) {
      items.add(drift("web", "d" + i));
    }

    batch(1, items.toArray(ReportItem[]::new));

    Reported reported = target().reported().orElseThrow();
    assertThat(reported.objects()).isEqualTo(100_000);
    assertThat(reported.problems()).hasSize(Reading.MAX_PROBLEMS);
    assertThat(store.count("drift")).isLessThan(ReportIntake.MAX_ITEMS);
  }

  @Test
  void aWordOfANewerAgentIsNotLost() {
    batch(
        1,
        ReportItem.newBuilder()
            .setTarget(failed().getTarget().toBuilder().setReason("QuotaExceeded"))
            .build());

    assertThat(target().judged().reason()).contains(Reason.INTERNAL);
    assertThat(target().judged().status()).isEqualTo(Status.FAILED);
  }

  @Test
  void itemsThatCannotBeUnderstoodAreLeftOutAndTheRestIsStored() {
    batch(
        1,
        ReportItem.getDefaultInstance(),
        ReportItem.newBuilder().setTarget(TargetReport.newBuilder().setStatus("Great")).build(),
        ReportItem.newBuilder()
            .setTarget(ready(web).getTarget().toBuilder().setAppliedManifestSha256("XYZ"))
            .build(),
        ReportItem.newBuilder().setDrift(DriftReport.newBuilder().setBundle("web")).build(),
        ReportItem.newBuilder()
            .setEvent(EventReport.newBuilder().setId("e").setType("Bad").setReason("Nope"))
            .build(),
        ready(web));

    assertThat(target().judged().status()).isEqualTo(Status.READY);
  }

  @Test
  void aTimeInTheFutureIsNow() {
    batch(
        1,
        ReportItem.newBuilder()
            .setTarget(
                ready(web).getTarget().toBuilder()
                    .setObservedTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)))
            .build());

    assertThat(target().reported().orElseThrow().observedAt()).isEqualTo(store.instant());
  }

  @Test
  void anAgentThatClaimsAHugeSequenceMovesNothing() {
    KnownCluster beta = store.cluster("beta");

    heartbeat((1L << 53) - 1);
    heartbeat(Long.MAX_VALUE);
    heartbeat(-1);

    assertThat(Objects.requireNonNull(store.envelopes.standings().get(alpha.id())).next())
        .isEqualTo(2);
    assertThat(Objects.requireNonNull(store.envelopes.standings().get(beta.id())).next())
        .isEqualTo(1);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {3, 20261123})
  void arbitraryMessagesNeverBreakTheIntake(long seed) throws Exception {
    Random random = new Random(seed);
    byte[] sample =
        ReportBatch.newBuilder()
            .addItems(ready(web))
            .addItems(drift("web", "d"))
            .addItems(verdict(1, false))
            .build()
            .toByteArray();
    long number = 1;
    for (int i = 0; i < 300; i++) {
      byte[] bytes = Arrays.copyOf(sample, sample.length);
      for (int flips = random.nextInt(8); flips >= 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      ReportBatch parsed;
      try {
        parsed = ReportBatch.parseFrom(bytes);
      } catch (com.google.protobuf.InvalidProtocolBufferException e) {
        continue;
      }
      Standing standing =
          intake.batch(alpha, 1, parsed.toBuilder().setNumber(number).setFullState(false).build());
      assertThat(standing.lastNumber()).isEqualTo(number);
      number++;
    }
    assertThat(number).isGreaterThan(1);
  }

  private Standing hello(long incarnation) {
    intake.followed(
        alpha,
        FollowRequest.newBuilder().setFacts(AgentFacts.newBuilder().setAgentVersion("1")).build());
    return intake.hello(alpha, ReportHello.newBuilder().setIncarnation(incarnation).build());
  }

  private void heartbeat(long sequence) {
    intake.heartbeat(
        alpha,
        Heartbeat.newBuilder()
            .setHeld(
                Position.newBuilder()
                    .setEpoch(1)
                    .setSequence(sequence)
                    .setPayloadSha256(StoreFixture.payload(sequence).hex()))
            .build());
  }

  private Standing batch(long number, ReportItem... items) {
    return intake.batch(
        alpha,
        1,
        ReportBatch.newBuilder().setNumber(number).addAllItems(Arrays.asList(items)).build());
  }

  private TargetState target() {
    return store.targets.of(alpha.id()).getFirst();
  }

  private static ReportItem ready(BundleManifest manifest) {
    return ReportItem.newBuilder()
        .setTarget(
            TargetReport.newBuilder()
                .setBundle(manifest.bundle())
                .setStatus("Ready")
                .setAppliedManifestSha256(manifest.digest().hex())
                .setDesiredManifestSha256(manifest.digest().hex())
                .setObjects(manifest.objects().size())
                .setObjectsCurrent(manifest.objects().size()))
        .build();
  }

  private ReportItem failed() {
    return ReportItem.newBuilder()
        .setTarget(
            TargetReport.newBuilder()
                .setBundle("web")
                .setStatus("Failed")
                .setReason("ApplyFailed")
                .setMessage("no")
                .setDesiredManifestSha256(web.digest().hex()))
        .build();
  }

  private static ReportItem drift(String bundle, String id) {
    return ReportItem.newBuilder()
        .setDrift(
            DriftReport.newBuilder()
                .setId(id)
                .setBundle(bundle)
                .setObject(
                    ObjectRef.newBuilder().setApiVersion("v1").setKind("ConfigMap").setName("a"))
                .setOperation("Update")
                .setManager("kubectl")
                .addFields(FieldChange.newBuilder().setPath("/data/x").setNewValue("\"y\""))
                .setAction(DriftReport.Action.ACTION_CORRECTED))
        .build();
  }

  private static ReportItem verdict(long sequence, boolean accepted) {
    return ReportItem.newBuilder()
        .setVerdict(
            EnvelopeVerdict.newBuilder()
                .setPosition(Position.newBuilder().setEpoch(1).setSequence(sequence))
                .setAccepted(accepted)
                .setReason(accepted ? "" : "SignatureInvalid")
                .setMessage("no valid signature"))
        .build();
  }
}
