package io.towline.hub.stream;

import io.towline.agent.v1.Beat;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.Place;
import io.towline.hub.store.PublishedEnvelope;
import io.towline.hub.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Brings every follower to its newest envelope. Level-based: a wake-up says that something may be
 * newer, and what is newest is read again; wake-ups that come together are one, and one that is
 * lost is made up for by {@link #tick}. Thread-safe.
 */
final class EnvelopeFeed {
  private static final Logger LOG = Logger.getLogger(EnvelopeFeed.class);

  /** Envelopes that are in memory at a time while many clusters are served. */
  private static final int BATCH = 64;

  /** How long a lost wake-up may delay an envelope. */
  private static final long RECHECK_NANOS = Duration.ofSeconds(30).toNanos();

  private final AgentQueries queries;
  private final Calls calls;
  private final Executor executor;
  private final InstantSource time;
  private final LongSupplier nanoTime;
  private final long beatNanos;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final AtomicLong checkedNanos;
  private final ReentrantLock publishing = new ReentrantLock();
  private volatile long rootVersion;

  EnvelopeFeed(
      AgentQueries queries,
      Calls calls,
      Executor executor,
      InstantSource time,
      LongSupplier nanoTime,
      Duration beatInterval) {
    this.queries = queries;
    this.calls = calls;
    this.executor = executor;
    this.time = time;
    this.nanoTime = nanoTime;
    this.beatNanos = beatInterval.toNanos();
    this.checkedNanos = new AtomicLong(nanoTime.getAsLong());
  }

  /** Something may be newer. Does not block. */
  void wake() {
    if (!asked.getAndSet(true)) {
      executor.execute(this::publish);
    }
  }

  /** There is a newer root: every follower hears of it at once. Does not block. */
  void rootChanged() {
    executor.execute(
        () -> {
          try {
            rootVersion = queries.newestRoot();
            beat(0);
          } catch (StoreException e) {
            // The envelopes that are signed under it say so too.
            LOG.warn("The newest root could not be read", e);
          }
        });
  }

  /** Sends beats where they are due, and looks again for what a lost wake-up left. */
  void tick() {
    if (nanoTime.getAsLong() - checkedNanos.get() >= RECHECK_NANOS) {
      wake();
    }
    beat(beatNanos);
  }

  private void beat(long afterNanos) {
    long now = nanoTime.getAsLong();
    Beat beat =
        Beat.newBuilder()
            .setHubTime(ProtoTime.of(time.instant()))
            .setRootVersion(rootVersion)
            .build();
    calls.followers().forEach(follower -> follower.beat(beat, now, afterNanos));
  }

  /**
   * Brings one follower up to date.
   *
   * @throws StoreException if the database is away
   */
  void serve(Follower follower) {
    queries
        .newestEnvelope(follower.cluster().id())
        .ifPresent(envelope -> follower.offer(envelope, nanoTime.getAsLong()));
  }

  private void publish() {
    publishing.lock();
    try {
      asked.set(false);
      checkedNanos.set(nanoTime.getAsLong());
      rootVersion = queries.newestRoot();
      Map<UUID, Follower> behind = new HashMap<>();
      Map<UUID, Place> newest = queries.newestPlaces();
      calls
          .followers()
          .filter(f -> f.lacks(newest.getOrDefault(f.cluster().id(), Place.NONE)))
          .filter(Follower::readyOrBehind)
          .forEach(follower -> behind.put(follower.cluster().id(), follower));
      List<UUID> clusters = List.copyOf(behind.keySet());
      for (int from = 0; from < clusters.size(); from += BATCH) {
        List<UUID> batch = clusters.subList(from, Math.min(from + BATCH, clusters.size()));
        for (PublishedEnvelope envelope : queries.newestEnvelopes(batch)) {
          Follower follower = behind.get(envelope.cluster());
          if (follower != null) {
            follower.offer(envelope, nanoTime.getAsLong());
          }
        }
      }
    } catch (StoreException e) {
      // The next tick past the recheck interval tries again.
      LOG.warn("Newest envelopes could not be read", e);
    } finally {
      publishing.unlock();
    }
  }
}
