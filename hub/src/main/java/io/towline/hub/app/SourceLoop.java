package io.towline.hub.app;

import io.towline.hub.app.Readings.Reading;
import io.towline.hub.git.GitException;
import io.towline.hub.git.Mirror;
import io.towline.hub.git.PollSchedule;
import io.towline.hub.git.Revision;
import io.towline.hub.git.Source;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.resolve.SourceSnapshot;
import io.towline.hub.store.Events;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.Sources;
import io.towline.hub.store.StoreException;
import io.towline.hub.store.TargetState.Held;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Follows one source: fetches when its schedule says so, and hands a new revision on. When a fetch
 * fails the last good revision stays. Thread-safe.
 */
final class SourceLoop {
  private static final Logger LOG = Logger.getLogger(SourceLoop.class);

  private final Source source;
  private final Mirror mirror;
  private final PollSchedule schedule;
  private final Resolver resolver;
  private final Readings readings;
  private final Sources sources;
  private final Events events;
  private final ConvergenceLoop convergence;
  private final HubMetrics metrics;
  private final InstantSource clock;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private Optional<Held> failing = Optional.empty();
  private volatile boolean stopped;
  private Optional<String> approved = Optional.empty();
  private long begun;
  private long ended;
  private long lastTicket;

  SourceLoop(
      Mirror mirror,
      PollSchedule schedule,
      Resolver resolver,
      Readings readings,
      Sources sources,
      Events events,
      ConvergenceLoop convergence,
      HubMetrics metrics,
      InstantSource clock) {
    this.source = mirror.source();
    this.mirror = mirror;
    this.schedule = schedule;
    this.resolver = resolver;
    this.readings = readings;
    this.sources = sources;
    this.events = events;
    this.convergence = convergence;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** The source that is followed. */
  Source source() {
    return source;
  }

  /**
   * Reads the revision that was accepted before a restart, without the network, so that what is
   * published does not depend on the first fetch.
   */
  void recall() {
    try {
      mirror.accepted().ifPresent(this::read);
    } catch (GitException e) {
      fail(new Held(e.reason(), String.valueOf(e.getMessage())), e.commit());
    }
  }

  /**
   * Fetches soon.
   *
   * @return false when there were too many of these lately
   */
  boolean wake() {
    boolean accepted = schedule.wake(clock.instant());
    signal();
    return accepted;
  }

  /**
   * Fetches soon and waits until what was fetched is published, or the fetch failed.
   *
   * @return false if that took longer than the timeout
   */
  boolean reconcile(Duration timeout) throws InterruptedException {
    return reconcile(Optional.empty(), timeout);
  }

  /**
   * As {@link #reconcile}, but a commit that does not follow from the last good one is taken over
   * if it is this one. An approval is good for the one fetch that it asks for.
   */
  boolean approve(String commit, Duration timeout) throws InterruptedException {
    return reconcile(Optional.of(commit), timeout);
  }

  private boolean reconcile(Optional<String> approval, Duration timeout)
      throws InterruptedException {
    long left = timeout.toNanos();
    long ticket;
    lock.lock();
    try {
      // A fetch that runs already may have asked the repository before the caller's commit was
      // there.
      long wanted = begun + 1;
      approved = approval.or(() -> approved);
      schedule.wake(clock.instant());
      moved.signalAll();
      while (ended < wanted) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      ticket = lastTicket;
    } finally {
      lock.unlock();
    }
    return convergence.await(ticket, Duration.ofNanos(Math.max(left, 0)));
  }

  /** What a fetch says from now on is not written down: it may have been broken off. */
  void stop() {
    stopped = true;
  }

  /** Follows until interrupted. */
  void run() throws InterruptedException {
    while (true) {
      awaitDue();
      turn();
    }
  }

  private void awaitDue() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        long wait = Duration.between(clock.instant(), schedule.due()).toNanos();
        if (wait <= 0) {
          return;
        }
        moved.awaitNanos(wait);
      }
    } finally {
      lock.unlock();
    }
  }

  private void signal() {
    lock.lock();
    try {
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fetches once. What fails is written down and does not end the loop.
   *
   * @throws InterruptedException if the hub stops: what a broken off fetch says of the source is
   *     not written down
   */
  void turn() throws InterruptedException {
    Optional<String> approval;
    lock.lock();
    try {
      begun++;
      schedule.begins();
      approval = approved;
      approved = Optional.empty();
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    Look look = fetch(approval);
    Instant now = clock.instant();
    switch (look) {
      // What is refused is set right by a push, and the next look should not be late for it.
      case TAKEN, REFUSED -> schedule.succeeded(now);
      case FAILED -> schedule.failed(now);
    }
    metrics.fetched(source.name(), look == Look.TAKEN, System.nanoTime() - start);
    lock.lock();
    try {
      lastTicket = convergence.ask();
      ended = begun;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How a look at the repository ended. */
  private enum Look {
    TAKEN,
    /** The repository answered, and what it holds is not taken. */
    REFUSED,
    FAILED
  }

  private Look fetch(Optional<String> approval) throws InterruptedException {
    try {
      Optional<String> before =
          approval.isPresent() ? sources.lastGood(source.name()) : Optional.empty();
      Revision revision =
          approval.isPresent() ? mirror.fetchApproved(approval.get()) : mirror.fetch();
      read(revision);
      sources.succeeded(revision);
      if (approval.isPresent()) {
        tookOver(before, revision);
      }
      recovered();
      return Look.TAKEN;
    } catch (GitException e) {
      endIfStopped();
      fail(new Held(e.reason(), String.valueOf(e.getMessage())), e.commit());
      return e.commit().isPresent() ? Look.REFUSED : Look.FAILED;
    } catch (StoreException e) {
      endIfStopped();
      LOG.error("A fetch could not be written down and is tried again", e);
    } catch (RuntimeException e) {
      endIfStopped();
      LOG.errorf(
          e,
          "A fetch failed in an unknown way and is tried again %s=%s",
          LogKeys.SOURCE,
          source.name());
      fail(new Held(Reason.INTERNAL, Reason.INTERNAL.explanation()), Optional.empty());
    }
    return Look.FAILED;
  }

  /** For the record: somebody let a source leave its history. */
  private void tookOver(Optional<String> before, Revision revision) {
    if (!before.equals(Optional.of(revision.commit()))) {
      String message =
          "Source "
              + source.name()
              + ": an administrator approved commit "
              + revision.commit()
              + before.map(commit -> " in place of " + commit).orElse("")
              + ".";
      LOG.infof(
          "An approved commit was taken over %s=%s %s=%s",
          LogKeys.SOURCE, source.name(), LogKeys.COMMIT, revision.commit());
      event(false, Reason.HISTORY_REWRITTEN, "Approve", message);
    }
  }

  private void endIfStopped() throws InterruptedException {
    if (stopped || Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private void read(Revision revision) {
    if (readings.holds(source.name(), revision.commit())) {
      return;
    }
    SourceSnapshot snapshot =
        new SourceSnapshot(revision, mirror.tree(revision), source.declaresClusters());
    readings.put(new Reading(snapshot, resolver.read(snapshot)));
    LOG.infof(
        "Read a revision %s=%s %s=%s",
        LogKeys.SOURCE, source.name(), LogKeys.COMMIT, revision.commit());
  }

  private void recovered() {
    if (failing.isPresent()) {
      failing = Optional.empty();
      event(false, Reason.RECONCILIATION_SUCCEEDED, "Fetch", "The source is fetched again.");
    }
  }

  private void fail(Held why, Optional<String> refused) {
    try {
      sources.failed(source.name(), why, refused);
      if (!failing.equals(Optional.of(why))) {
        failing = Optional.of(why);
        LOG.warnf(
            "Nothing new is taken from a source %s=%s %s=%s: %s",
            LogKeys.SOURCE, source.name(), LogKeys.REASON, why.reason().word(), why.message());
        event(true, why.reason(), "Fetch", "Source " + source.name() + ": " + why.message());
      }
    } catch (StoreException e) {
      LOG.error("A failed fetch could not be written down", e);
    }
  }

  private void event(boolean warning, Reason reason, String action, String message) {
    events.add(
        List.of(
            Event.ofHub(Optional.empty(), warning, reason, action, "", message, clock.instant())));
  }
}
