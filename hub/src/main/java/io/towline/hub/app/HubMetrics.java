package io.towline.hub.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.towline.vocabulary.MetricNames;
import io.towline.vocabulary.Reason;
import java.util.concurrent.TimeUnit;

/** What the hub's loops count. Thread-safe. */
final class HubMetrics {
  private final MeterRegistry registry;

  HubMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** A fetch ended. */
  void fetched(String source, boolean good, long nanos) {
    registry
        .timer(
            MetricNames.SOURCE_FETCH,
            MetricNames.SOURCE,
            source,
            MetricNames.RESULT,
            good ? "success" : "failure")
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A render that was not remembered ended well. */
  void rendered(long nanos) {
    registry.timer(MetricNames.RENDER).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** An agent, or who says to be one, was not let in. */
  void agentRefused(Reason reason) {
    registry.counter(MetricNames.AGENT_REFUSALS, MetricNames.REASON, reason.word()).increment();
  }

  /** A render failed. */
  void renderFailed(Reason reason) {
    registry.counter(MetricNames.RENDER_FAILURES, MetricNames.REASON, reason.word()).increment();
  }
}
