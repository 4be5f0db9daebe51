package io.towline.agent.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import io.towline.agent.v1.DeletionReport;
import io.towline.agent.v1.DriftReport;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.EventReport;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.TargetRemoved;
import io.towline.agent.v1.TargetReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportQueueTest {
  private final ReportQueue queue = new ReportQueue();

  @Test
  void tellsTheWholeStateFirstAndOnlyOnceEveryBundleIsKnown() {
    queue.expect(List.of("a", "b"));
    queue.target(target("a", "Ready", 1));
    assertThat(queue.next().orElseThrow().getFullState()).isFalse();
    queue.acknowledged(1);
    queue.target(target("b", "Ready", 1));
    ReportBatch batch = queue.next().orElseThrow();
    assertThat(batch.getFullState()).isTrue();
    assertThat(batch.getNumber()).isEqualTo(2);
    assertThat(batch.getItemsList())
        .extracting(item -> item.getTarget().getBundle())
        .containsExactly("a", "b");
  }

  @Test
  void tellsAnEmptyClusterAsAnEmptyWholeState() {
    queue.expect(List.of());
    ReportBatch batch = queue.next().orElseThrow();
    assertThat(batch.getFullState()).isTrue();
    assertThat(batch.getItemsCount()).isZero();
  }

  @Test
  void tellsOnlyTheNewestStateOfABundle() {
    settle();
    queue.target(target("a", "Progressing", 1));
    queue.target(target("a", "Failed", 2));
    queue.target(target("a", "Ready", 3));
    assertThat(queue.next().orElseThrow().getItemsList())
        .singleElement()
        .satisfies(item -> assertThat(item.getTarget().getStatus()).isEqualTo("Ready"));
  }

  @Test
  void tellsNothingWhenOnlyTheTimeIsNew() {
    settle();
    queue.target(target("a", "Ready", 1));
    queue.verdict(EnvelopeVerdict.newBuilder().setAccepted(true).build());
    acknowledgeAll();
    queue.target(
        target("a", "Ready", 1).toBuilder().setObservedTime(Timestamps.fromMillis(9_000)).build());
    queue.verdict(
        EnvelopeVerdict.newBuilder()
            .setAccepted(true)
            .setTime(Timestamps.fromMillis(9_000))
            .build());
    assertThat(queue.next()).isEmpty();
  }

  @Test
  void sendsABatchAgainWithItsNumberAndContentAfterABreak() {
    settle();
    queue.target(target("a", "Ready", 1));
    ReportBatch sent = queue.next().orElseThrow();
    assertThat(queue.next()).isEmpty();
    queue.target(target("a", "Failed", 2));
    queue.resume(sent.getNumber() - 1);
    assertThat(queue.next()).contains(sent);
  }

  @Test
  void countsABatchAsStoredIfTheHubHasItAfterABreak() {
    settle();
    queue.target(target("a", "Ready", 1));
    ReportBatch sent = queue.next().orElseThrow();
    queue.resume(sent.getNumber());
    assertThat(queue.next()).isEmpty();
    queue.target(target("a", "Failed", 2));
    assertThat(queue.next().orElseThrow().getNumber()).isEqualTo(sent.getNumber() + 1);
  }

  @Test
  void goesOnFromTheHubsNumberAndTellsEverythingIfTheHubLostItsState() {
    settle();
    queue.target(target("a", "Ready", 1));
    acknowledgeAll();
    queue.drift(drift("d", DriftReport.Action.ACTION_REPORTED));
    ReportBatch lost = queue.next().orElseThrow();
    queue.resume(0);
    ReportBatch again = queue.next().orElseThrow();
    assertThat(again.getNumber()).isEqualTo(1);
    assertThat(again.getItemsList()).isEqualTo(lost.getItemsList());
    queue.acknowledged(1);
    ReportBatch full = queue.next().orElseThrow();
    assertThat(full.getNumber()).isEqualTo(2);
    assertThat(full.getFullState()).isTrue();
    assertThat(full.getItemsList()).hasSize(2);
  }

  @Test
  void tellsEverythingWhenAskedTo() {
    settle();
    queue.target(target("a", "Ready", 1));
    queue.target(target("b", "Failed", 1));
    queue.drift(drift("open", DriftReport.Action.ACTION_FAILED));
    queue.drift(drift("over", DriftReport.Action.ACTION_CORRECTED));
    acknowledgeAll();
    queue.wantFullState();
    ReportBatch full = queue.next().orElseThrow();
    assertThat(full.getFullState()).isTrue();
    assertThat(full.getItemsList()).hasSize(3);
    assertThat(full.getItemsList())
        .filteredOn(ReportItem::hasDrift)
        .singleElement()
        .satisfies(item -> assertThat(item.getDrift().getId()).isEqualTo("open"));
  }

  @Test
  void forgetsABundleThatIsGone() {
    settle();
    queue.target(target("a", "Ready", 1));
    acknowledgeAll();
    queue.targetRemoved(TargetRemoved.newBuilder().setBundle("a").build());
    ReportBatch batch = queue.next().orElseThrow();
    assertThat(batch.getItems(0).getTargetRemoved().getBundle()).isEqualTo("a");
    queue.acknowledged(batch.getNumber());
    queue.wantFullState();
    assertThat(queue.next().orElseThrow().getItemsCount()).isZero();
  }

  @Test
  void staysWithinItsBoundsAndMakesUpForWhatItDropped() {
    settle();
    for (int i = 0; i < 3 * ReportQueue.MAX_WAITING; i++) {
      queue.event(EventReport.newBuilder().setId("e" + i).build());
    }
    ReportBatch full = queue.next().orElseThrow();
    assertThat(full.getFullState()).isTrue();
    queue.acknowledged(full.getNumber());
    List<String> told = new ArrayList<>();
    for (Optional<ReportBatch> next = queue.next(); next.isPresent(); next = queue.next()) {
      next.get().getItemsList().forEach(item -> told.add(item.getEvent().getId()));
      queue.acknowledged(next.get().getNumber());
    }
    assertThat(told).hasSize(ReportQueue.MAX_WAITING).last().isEqualTo("e2999");
  }

  @Test
  void keepsEveryBatchBelowItsLimitHoweverMuchThereIs() {
    List<String> bundles = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      bundles.add("bundle-" + i);
      queue.target(
          target("bundle-" + i, "Failed", 1).toBuilder().setMessage("m".repeat(2_000)).build());
    }
    queue.expect(bundles);
    for (int i = 0; i < 500; i++) {
      queue.deletion(
          DeletionReport.newBuilder().setBundle("b" + "x".repeat(1_000)).setSince(i).build());
    }
    int told = 0;
    boolean full = false;
    for (Optional<ReportBatch> next = queue.next(); next.isPresent(); next = queue.next()) {
      assertThat(next.get().getSerializedSize()).isLessThanOrEqualTo(256 * 1024);
      full |= next.get().getFullState();
      if (next.get().getFullState()) {
        assertThat(next.get().getItemsList()).filteredOn(ReportItem::hasTarget).hasSize(1_000);
      } else {
        told += next.get().getItemsCount();
      }
      queue.acknowledged(next.get().getNumber());
    }
    assertThat(full).isTrue();
    assertThat(told).isEqualTo(1_500);
  }

  @Test
  void tellsADeletionOnce() {
    settle();
    DeletionReport deletion = DeletionReport.newBuilder().setBundle("a").setSince(4).build();
    queue.deletion(deletion);
    queue.deletion(deletion);
    assertThat(queue.next().orElseThrow().getItemsCount()).isEqualTo(1);
  }

  private void settle() {
    queue.expect(List.of());
    queue.resume(0);
    acknowledgeAll();
  }

  private void acknowledgeAll() {
    for (Optional<ReportBatch> next = queue.next(); next.isPresent(); next = queue.next()) {
      queue.acknowledged(next.get().getNumber());
    }
  }

  private static TargetReport target(String bundle, String status, long sequence) {
    return TargetReport.newBuilder()
        .setBundle(bundle)
        .setStatus(status)
        .setSequence(sequence)
        .build();
  }

  private static DriftReport drift(String id, DriftReport.Action action) {
    return DriftReport.newBuilder().setId(id).setBundle("a").setAction(action).build();
  }
}
