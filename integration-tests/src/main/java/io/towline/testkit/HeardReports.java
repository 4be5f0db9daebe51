package io.towline.testkit;

import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.TargetReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** What an agent has reported, in the order in which it came, each batch once. Thread-safe. */
public final class HeardReports {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private final List<ReportItem> items = new ArrayList<>();
  private final Map<Long, Long> lastNumbers = new HashMap<>();

  HeardReports() {}

  /** A place in what was heard, to go on from. */
  public record Mark(int position) {
    /** Before everything. */
    public static final Mark START = new Mark(0);
  }

  /** The place after everything that was heard so far. */
  public Mark mark() {
    lock.lock();
    try {
      return new Mark(items.size());
    } finally {
      lock.unlock();
    }
  }

  /** Everything that was heard since a mark. */
  public List<ReportItem> since(Mark from) {
    lock.lock();
    try {
      return List.copyOf(items.subList(from.position(), items.size()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the verdict on an offer.
   *
   * @throws NotInTime with what else was heard since the mark
   */
  public EnvelopeVerdict awaitVerdict(Mark from, Offer offer, Duration within) {
    return await(
        from,
        within,
        "a verdict on " + offer.position(),
        item ->
            Optional.of(item)
                .filter(ReportItem::hasVerdict)
                .map(ReportItem::getVerdict)
                .filter(verdict -> verdict.getPosition().equals(offer.position())));
  }

  /**
   * Waits for a bundle's state under one sequence or a later one.
   *
   * @throws NotInTime with what else was heard since the mark
   */
  public TargetReport awaitTarget(
      Mark from, String bundle, long sequence, String status, Duration within) {
    return await(
        from,
        within,
        bundle + " is " + status + " at sequence " + sequence,
        item ->
            Optional.of(item)
                .filter(ReportItem::hasTarget)
                .map(ReportItem::getTarget)
                .filter(
                    target ->
                        target.getBundle().equals(bundle)
                            && target.getSequence() >= sequence
                            && target.getStatus().equals(status)));
  }

  /**
   * Waits for the first item since a mark in which the question finds something.
   *
   * @throws NotInTime with what else was heard since the mark
   */
  public <T> T await(
      Mark from, Duration within, String what, Function<ReportItem, Optional<T>> question) {
    Deadline deadline = Deadline.in(within);
    lock.lock();
    try {
      int next = from.position();
      while (true) {
        for (; next < items.size(); next++) {
          Optional<T> found = question.apply(items.get(next));
          if (found.isPresent()) {
            return found.get();
          }
        }
        if (deadline.expired()) {
          throw deadline.missed(what + "; heard " + items.subList(from.position(), items.size()));
        }
        boolean unused = more.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      throw KubeClient.interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  /** The last batch that was heard of a start of the agent; 0 if none was. */
  long lastNumber(long incarnation) {
    lock.lock();
    try {
      return lastNumbers.getOrDefault(incarnation, 0L);
    } finally {
      lock.unlock();
    }
  }

  /** Takes a batch in, unless it was heard before. */
  void take(long incarnation, ReportBatch batch) {
    lock.lock();
    try {
      if (batch.getNumber() <= lastNumbers.getOrDefault(incarnation, 0L)) {
        return;
      }
      lastNumbers.put(incarnation, batch.getNumber());
      items.addAll(batch.getItemsList());
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
