package io.towline.agent.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.towline.agent.apply.AppliedBundle;
import io.towline.agent.observe.Observation;
import io.towline.envelope.Statement;
import io.towline.vocabulary.MetricNames;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** What the agent shows to Prometheus. Thread-safe. */
final class AgentMetrics {
  private static final double MILLIS = 1_000.0;

  private final MeterRegistry registry;
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicReference<Double> lastContact = new AtomicReference<>(0.0);
  private final AtomicReference<Double> clockSkew = new AtomicReference<>(0.0);
  private final AtomicReference<Double> expiry = new AtomicReference<>(0.0);
  private final AtomicReference<Double> sequence = new AtomicReference<>(0.0);
  private final Map<String, BundleObjects> objects = new ConcurrentHashMap<>();

  AgentMetrics(MeterRegistry registry, String version) {
    this.registry = registry;
    Gauge.builder(MetricNames.BUILD_INFO, () -> 1)
        .tags(MetricNames.COMPONENT, "agent", MetricNames.VERSION, version)
        .register(registry);
    Gauge.builder(MetricNames.AGENT_HUB_CONNECTED, connected, AtomicInteger::get)
        .register(registry);
    gauge(MetricNames.AGENT_LAST_CONTACT, lastContact);
    gauge(MetricNames.AGENT_CLOCK_SKEW, clockSkew);
    gauge(MetricNames.AGENT_ENVELOPE_EXPIRY, expiry);
    gauge(MetricNames.AGENT_ENVELOPE_SEQUENCE, sequence);
  }

  private void gauge(String name, AtomicReference<Double> value) {
    Gauge.builder(name, value, AtomicReference::get).register(registry);
  }

  void connected(boolean now) {
    connected.set(now ? 1 : 0);
  }

  /** The hub was heard of; a positive skew means that the agent's clock is ahead. */
  void heard(Instant hubTime, Instant now) {
    lastContact.set(now.toEpochMilli() / MILLIS);
    clockSkew.set(Duration.between(hubTime, now).toMillis() / MILLIS);
  }

  void accepted(Statement statement) {
    expiry.set(statement.expiresAt().toEpochMilli() / MILLIS);
    sequence.set((double) statement.sequence());
  }

  void refused(Reason reason) {
    registry
        .counter(MetricNames.AGENT_ENVELOPE_REFUSALS, MetricNames.REASON, reason.word())
        .increment();
  }

  void reconciled(AppliedBundle result, Duration sinceDesired) {
    String outcome =
        switch (result.outcome()) {
          case AppliedBundle.Outcome.Whole whole -> "whole";
          case AppliedBundle.Outcome.Incomplete incomplete -> "incomplete";
          case AppliedBundle.Outcome.Waiting waiting -> "waiting";
          case AppliedBundle.Outcome.Held held -> "held";
          case AppliedBundle.Outcome.Suspended suspended -> "suspended";
          case AppliedBundle.Outcome.Withheld withheld -> "withheld";
          case AppliedBundle.Outcome.Interrupted interrupted -> "interrupted";
        };
    Tags tags = Tags.of(MetricNames.BUNDLE, result.bundle(), MetricNames.RESULT, outcome);
    registry.counter(MetricNames.AGENT_RECONCILES, tags).increment();
    registry.timer(MetricNames.AGENT_RECONCILE, tags).record(sinceDesired);
  }

  void observed(Observation observation) {
    switch (observation) {
      case Observation.TargetState state ->
          objects
              .computeIfAbsent(state.bundle(), this::register)
              .set(state.objects(), state.current());
      case Observation.TargetGone gone -> {
        BundleObjects removed = objects.remove(gone.bundle());
        if (removed != null) {
          removed.meters.forEach(registry::remove);
        }
      }
      case Observation.Drift drift -> {
        if (drift.action() == Observation.Action.CORRECTED
            || drift.action() == Observation.Action.FAILED) {
          registry
              .counter(
                  MetricNames.AGENT_DRIFT_CORRECTIONS,
                  MetricNames.BUNDLE,
                  drift.bundle(),
                  MetricNames.RESULT,
                  drift.action() == Observation.Action.CORRECTED ? "corrected" : "failed")
              .increment();
        }
      }
      case Observation.DeletionDone done -> {
        // The report says it; there is no metric of it.
      }
    }
  }

  private BundleObjects register(String bundle) {
    BundleObjects gauges = new BundleObjects();
    gauges.meters.add(objectsGauge(bundle, "current", gauges.current));
    gauges.meters.add(objectsGauge(bundle, "pending", gauges.pending));
    return gauges;
  }

  private Meter objectsGauge(String bundle, String state, AtomicInteger value) {
    return Gauge.builder(MetricNames.AGENT_OBJECTS, value, AtomicInteger::get)
        .tags(MetricNames.BUNDLE, bundle, MetricNames.STATE, state)
        .register(registry);
  }

  private static final class BundleObjects {
    private final AtomicInteger current = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final List<Meter> meters = new ArrayList<>();

    void set(int all, int healthy) {
      current.set(healthy);
      pending.set(Math.max(0, all - healthy));
    }
  }
}
