package io.towline.hub.report;

import com.google.protobuf.Timestamp;
import io.micrometer.core.instrument.MeterRegistry;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportItem;
import io.towline.envelope.Digest;
import io.towline.envelope.Limits;
import io.towline.envelope.SealedObject;
import io.towline.hub.store.Contacts;
import io.towline.hub.store.Contacts.Facts;
import io.towline.hub.store.Contacts.Position;
import io.towline.hub.store.DriftLog.Drift;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Reports;
import io.towline.hub.store.Reports.Arrival;
import io.towline.hub.store.Reports.Batch;
import io.towline.hub.store.Reports.Item;
import io.towline.hub.store.Reports.Numbered;
import io.towline.hub.store.Reports.Taken;
import io.towline.hub.store.Reports.VerdictSaid;
import io.towline.hub.stream.ReportSink;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.MetricNames;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Takes in what agents say of their own cluster, which is the one of their credential, whatever a
 * message says. Thread-safe.
 */
public final class ReportIntake implements ReportSink {
  /** Items of one batch: far more than 256 KiB hold of any use. */
  static final int MAX_ITEMS = 10_000;

  /** Characters of a fact, as the API states. */
  private static final int MAX_FACT = 64;

  private static final Logger LOG = Logger.getLogger(ReportIntake.class);

  private final Contacts contacts;
  private final Reports reports;
  private final MeterRegistry metrics;
  private final InstantSource clock;

  public ReportIntake(
      Contacts contacts, Reports reports, MeterRegistry metrics, InstantSource clock) {
    this.contacts = contacts;
    this.reports = reports;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public void followed(KnownCluster cluster, FollowRequest request) {
    Instant now = clock.instant();
    contacts.heard(
        cluster,
        now,
        Optional.of(facts(request.getFacts(), now)),
        request.hasHeld() ? position(request.getHeld()) : Optional.empty());
  }

  @Override
  public Standing hello(KnownCluster cluster, ReportHello hello) {
    Instant now = clock.instant();
    contacts.heard(cluster, now, Optional.of(facts(hello.getFacts(), now)), Optional.empty());
    Numbered stored = reports.hello(cluster, hello.getIncarnation());
    boolean mine = stored.incarnation() == hello.getIncarnation();
    // A younger incarnation begins with all it knows: what the older one said may be gone.
    return new Standing(mine ? stored.number() : 0, mine && stored.number() == 0);
  }

  @Override
  public void heartbeat(KnownCluster cluster, Heartbeat heartbeat) {
    contacts.heard(
        cluster,
        clock.instant(),
        Optional.empty(),
        heartbeat.hasHeld() ? position(heartbeat.getHeld()) : Optional.empty());
  }

  @Override
  public Standing batch(KnownCluster cluster, long incarnation, ReportBatch batch) {
    Instant now = clock.instant();
    contacts.heard(cluster, now, Optional.empty(), Optional.empty());
    Reading reading = new Reading(cluster, now);
    List<Item> items = new ArrayList<>();
    int skipped = Math.max(0, batch.getItemsCount() - MAX_ITEMS);
    for (ReportItem item : batch.getItemsList().stream().limit(MAX_ITEMS).toList()) {
      Optional<Item> read = reading.item(item);
      read.ifPresent(items::add);
      skipped += read.isEmpty() ? 1 : 0;
    }
    if (skipped > 0) {
      LOG.warnf(
          "Items of a report were not understood %s=%s %s=%d",
          LogKeys.CLUSTER, cluster.name(), LogKeys.COUNT, skipped);
    }
    Taken taken =
        reports.take(
            cluster, new Batch(incarnation, batch.getNumber(), batch.getFullState(), items));
    count(taken, items);
    Numbered stored = taken.stored();
    // Another incarnation spoke meanwhile: this one is acknowledged and has no effect any more.
    return new Standing(
        stored.incarnation() == incarnation ? stored.number() : batch.getNumber(), false);
  }

  private void count(Taken taken, List<Item> items) {
    for (Drift drift : taken.drift()) {
      metrics
          .counter(
              MetricNames.DRIFT_DETECTED,
              MetricNames.BUNDLE,
              drift.bundle(),
              MetricNames.ACTION,
              drift.action().name().toLowerCase(Locale.ROOT))
          .increment();
    }
    for (Arrival arrival : taken.arrivals()) {
      metrics
          .timer(MetricNames.PROPAGATION, MetricNames.BUNDLE, arrival.bundle())
          .record(arrival.after());
    }
    for (Item item : items) {
      if (item instanceof VerdictSaid verdict && verdict.refusal().isPresent()) {
        metrics
            .counter(
                MetricNames.VERIFICATION_FAILURES,
                MetricNames.REASON,
                verdict.refusal().get().reason().word())
            .increment();
      }
    }
  }

  private static Facts facts(AgentFacts facts, Instant now) {
    return new Facts(
        Reading.text(facts.getAgentVersion(), MAX_FACT),
        Reading.text(facts.getKubernetesVersion(), MAX_FACT),
        Reading.text(facts.getKubeSystemUid(), MAX_FACT),
        facts.hasAgentTime() ? skew(facts.getAgentTime(), now) : Optional.empty(),
        facts.getSealRecipientsList().stream().filter(SealedObject::isRecipient).toList());
  }

  private static Optional<Duration> skew(Timestamp agent, Instant now) {
    try {
      Duration skew =
          Duration.between(now, Instant.ofEpochSecond(agent.getSeconds(), agent.getNanos()));
      // Also checks that it fits the column.
      return Optional.of(Duration.ofMillis(skew.toMillis()));
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private static Optional<Position> position(io.towline.agent.v1.Position held) {
    boolean sound =
        held.getEpoch() >= 1
            && held.getSequence() >= 1
            && held.getSequence() <= Limits.MAX_INTEGER
            && held.getPayloadSha256().matches("[0-9a-f]{64}");
    return sound
        ? Optional.of(
            new Position(held.getEpoch(), held.getSequence(), new Digest(held.getPayloadSha256())))
        : Optional.empty();
  }
}
