package io.towline.agent.report;

import io.towline.agent.v1.DeletionReport;
import io.towline.agent.v1.DriftReport;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.EventReport;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.TargetRemoved;
import io.towline.agent.v1.TargetReport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the hub has yet to be told. States replace each other: of a bundle, a divergence and the
 * verdict only the newest is kept; only events are events, and they are the first to be dropped
 * when there is too much, after which the whole state is told anew. What says nothing new is not
 * told at all.
 *
 * <p>One batch is under way at a time. Until it is acknowledged it keeps its number and its
 * content, so that the hub may take it twice. Safe for use by many threads.
 */
public final class ReportQueue {
  /** Events, divergences and deletions that wait; targets are bounded by the envelope. */
  public static final int MAX_WAITING = 1_000;

  /** Room in a batch of 256 KiB for what is not an item. */
  static final int MAX_ITEM_BYTES = 256 * 1024 - 1024;

  private static final int ITEM_OVERHEAD_BYTES = 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** All there is of lasting state, in the order in which it came. */
  private final Map<String, TargetReport> targets = new LinkedHashMap<>();

  private final Map<String, DriftReport> openDrifts = new LinkedHashMap<>();
  private @Nullable EnvelopeVerdict verdict;

  /** What of it the hub has not been told. */
  private final Set<String> untoldTargets = new LinkedHashSet<>();

  private final Map<String, TargetRemoved> untoldRemovals = new LinkedHashMap<>();
  private final Map<String, DriftReport> untoldDrifts = new LinkedHashMap<>();
  private final Map<DeletionReport, DeletionReport> untoldDeletions = new LinkedHashMap<>();
  private final Deque<EventReport> untoldEvents = new ArrayDeque<>();
  private boolean verdictUntold;

  private final Set<String> expected = new LinkedHashSet<>();
  private boolean expectationKnown;
  private boolean fullStateWanted = true;
  private long lastAcknowledged;
  private @Nullable ReportBatch underWay;
  private long sentNumber;
  private long changes;

  /** Empty; the first thing told is the whole state, as soon as it is known. */
  public ReportQueue() {}

  /**
   * Says which bundles there are. The whole state is told only once each of them was reported, or
   * the hub would take a state that is not known yet for one that is gone.
   */
  public void expect(Collection<String> bundles) {
    locked(
        () -> {
          expected.clear();
          expected.addAll(bundles);
          expectationKnown = true;
        });
  }

  /** The state of a bundle. Does nothing if only its time differs from the one before. */
  public void target(TargetReport report) {
    locked(
        () -> {
          TargetReport old = targets.put(report.getBundle(), report);
          untoldRemovals.remove(report.getBundle());
          if (old == null || !timeless(old).equals(timeless(report))) {
            untoldTargets.add(report.getBundle());
          }
        });
  }

  private static TargetReport timeless(TargetReport report) {
    return report.toBuilder().clearObservedTime().build();
  }

  /** A bundle is gone from the cluster. */
  public void targetRemoved(TargetRemoved removed) {
    locked(
        () -> {
          targets.remove(removed.getBundle());
          untoldTargets.remove(removed.getBundle());
          expected.remove(removed.getBundle());
          openDrifts.values().removeIf(drift -> drift.getBundle().equals(removed.getBundle()));
          untoldRemovals.put(removed.getBundle(), removed);
        });
  }

  /** A divergence, or what became of it; of one id the newest counts. */
  public void drift(DriftReport report) {
    locked(
        () -> {
          if (isOpen(report.getAction())) {
            openDrifts.put(report.getId(), report);
          } else {
            openDrifts.remove(report.getId());
          }
          untoldDrifts.put(report.getId(), report);
          makeRoom();
        });
  }

  private static boolean isOpen(DriftReport.Action action) {
    return switch (action) {
      case ACTION_REPORTED, ACTION_FAILED -> true;
      case ACTION_CORRECTED, ACTION_RESOLVED, ACTION_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }

  /** Something happened. */
  public void event(EventReport report) {
    locked(
        () -> {
          untoldEvents.add(report);
          makeRoom();
        });
  }

  /** What verification said last. Does nothing if only its time differs from the one before. */
  public void verdict(EnvelopeVerdict newest) {
    locked(
        () -> {
          EnvelopeVerdict old = verdict;
          if (old == null
              || !old.toBuilder()
                  .clearTime()
                  .build()
                  .equals(newest.toBuilder().clearTime().build())) {
            verdictUntold = true;
          }
          verdict = newest;
        });
  }

  /** A deletion was carried out, or need not be. Idempotent. */
  public void deletion(DeletionReport report) {
    locked(
        () -> {
          untoldDeletions.put(report, report);
          makeRoom();
        });
  }

  /** The hub wants everything. */
  public void wantFullState() {
    locked(() -> fullStateWanted = true);
  }

  /**
   * A connection was opened and the hub said which batch it stored last. A batch under way is sent
   * again, or counts as acknowledged. If the hub's number is none that it can have of this process,
   * counting goes on from the hub's number and everything is told anew.
   */
  public void resume(long hubsLastNumber) {
    locked(
        () -> {
          ReportBatch batch = underWay;
          if (batch != null && hubsLastNumber == batch.getNumber()) {
            acknowledge(hubsLastNumber);
          } else if (hubsLastNumber != lastAcknowledged) {
            lastAcknowledged = hubsLastNumber;
            fullStateWanted = true;
            if (batch != null) {
              underWay = batch.toBuilder().setNumber(hubsLastNumber + 1).build();
            }
          }
          sentNumber = 0;
        });
  }

  /** The hub stored that batch and all before it. */
  public void acknowledged(long number) {
    locked(
        () -> {
          if (underWay != null && number >= underWay.getNumber()) {
            acknowledge(underWay.getNumber());
          }
        });
  }

  private void acknowledge(long number) {
    lastAcknowledged = number;
    underWay = null;
    sentNumber = 0;
  }

  /**
   * The batch to send now: the one under way if this connection has not sent it yet, else a new one
   * if there is something to tell and none under way. At most 256 KiB.
   */
  public Optional<ReportBatch> next() {
    lock.lock();
    try {
      if (underWay == null) {
        List<ReportItem> items;
        boolean full = fullStateReady();
        if (full) {
          items = takeFullState();
        } else {
          items = takeChanges();
        }
        if (!full && items.isEmpty()) {
          return Optional.empty();
        }
        underWay =
            ReportBatch.newBuilder()
                .setNumber(lastAcknowledged + 1)
                .setFullState(full)
                .addAllItems(items)
                .build();
      }
      ReportBatch batch = underWay;
      if (sentNumber == batch.getNumber()) {
        return Optional.empty();
      }
      sentNumber = batch.getNumber();
      return Optional.of(batch);
    } finally {
      lock.unlock();
    }
  }

  /** Whether a batch was sent and not acknowledged. */
  public boolean awaitsAcknowledgement() {
    lock.lock();
    try {
      return sentNumber > 0;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something changes, and no longer than that. */
  public void await(Duration longest) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long before = changes;
      long left = longest.toNanos();
      while (changes == before && !hasWork() && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Wakes whoever waits. */
  public void wake() {
    locked(() -> {});
  }

  private boolean hasWork() {
    if (underWay != null) {
      return sentNumber == 0;
    }
    return fullStateReady()
        || verdictUntold
        || !untoldTargets.isEmpty()
        || !untoldRemovals.isEmpty()
        || !untoldDrifts.isEmpty()
        || !untoldDeletions.isEmpty()
        || !untoldEvents.isEmpty();
  }

  private boolean fullStateReady() {
    return fullStateWanted && expectationKnown && targets.keySet().containsAll(expected);
  }

  /** Everything, shortened where it must be; what was shortened follows as a change. */
  private List<ReportItem> takeFullState() {
    fullStateWanted = false;
    untoldRemovals.clear();
    Packer packer = new Packer();
    if (targets.values().stream().mapToInt(Packer::bytes).sum() <= MAX_ITEM_BYTES) {
      targets.values().forEach(t -> packer.add(ReportItem.newBuilder().setTarget(t).build()));
      untoldTargets.clear();
    } else {
      targets
          .values()
          .forEach(t -> packer.add(ReportItem.newBuilder().setTarget(outline(t)).build()));
      untoldTargets.addAll(targets.keySet());
    }
    for (DriftReport drift : openDrifts.values()) {
      if (packer.add(ReportItem.newBuilder().setDrift(drift).build())) {
        untoldDrifts.remove(drift.getId(), drift);
      } else {
        untoldDrifts.put(drift.getId(), drift);
      }
    }
    EnvelopeVerdict said = verdict;
    if (said != null) {
      verdictUntold = !packer.add(ReportItem.newBuilder().setVerdict(said).build());
    }
    return packer.items;
  }

  private static TargetReport outline(TargetReport report) {
    return TargetReport.newBuilder()
        .setBundle(report.getBundle())
        .setStatus(report.getStatus())
        .setReason(report.getReason())
        .setObservedTime(report.getObservedTime())
        .setSequence(report.getSequence())
        .build();
  }

  private List<ReportItem> takeChanges() {
    Packer packer = new Packer();
    EnvelopeVerdict said = verdict;
    if (verdictUntold && said != null) {
      verdictUntold = !packer.add(ReportItem.newBuilder().setVerdict(said).build());
    }
    drain(
        untoldTargets,
        bundle -> {
          TargetReport report = targets.get(bundle);
          return report == null ? null : ReportItem.newBuilder().setTarget(report).build();
        },
        packer);
    drain(
        untoldRemovals.values(),
        removed -> ReportItem.newBuilder().setTargetRemoved(removed).build(),
        packer);
    drain(
        untoldDeletions.values(),
        deletion -> ReportItem.newBuilder().setDeletion(deletion).build(),
        packer);
    drain(untoldDrifts.values(), drift -> ReportItem.newBuilder().setDrift(drift).build(), packer);
    drain(untoldEvents, event -> ReportItem.newBuilder().setEvent(event).build(), packer);
    return packer.items;
  }

  private static <T> void drain(
      Collection<T> untold, Function<T, @Nullable ReportItem> item, Packer packer) {
    var iterator = untold.iterator();
    while (iterator.hasNext()) {
      ReportItem next = item.apply(iterator.next());
      if (next != null && !packer.add(next)) {
        return;
      }
      iterator.remove();
    }
  }

  /** Drops events first, then the oldest of the rest: the whole state makes up for it. */
  private void makeRoom() {
    while (untoldEvents.size() + untoldDrifts.size() + untoldDeletions.size() > MAX_WAITING) {
      if (!untoldEvents.isEmpty()) {
        untoldEvents.removeFirst();
      } else if (!untoldDrifts.isEmpty()) {
        removeFirst(untoldDrifts);
      } else {
        // The statement lists a deletion until it was reported, so it comes again.
        removeFirst(untoldDeletions);
      }
      fullStateWanted = true;
    }
  }

  private static void removeFirst(Map<?, ?> map) {
    var iterator = map.keySet().iterator();
    iterator.next();
    iterator.remove();
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changes++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Items of one batch, by size. */
  private static final class Packer {
    private final List<ReportItem> items = new ArrayList<>();
    private int used;

    static int bytes(com.google.protobuf.MessageLite message) {
      return message.getSerializedSize() + ITEM_OVERHEAD_BYTES;
    }

    boolean add(ReportItem item) {
      int size = bytes(item);
      if (used + size > MAX_ITEM_BYTES && !items.isEmpty()) {
        return false;
      }
      used += size;
      items.add(item);
      return true;
    }
  }
}
