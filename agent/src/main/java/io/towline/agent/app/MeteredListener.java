package io.towline.agent.app;

import io.towline.agent.apply.AppliedBundle;
import io.towline.agent.apply.ApplyListener;
import io.towline.agent.apply.DeletionOutcome;
import io.towline.agent.apply.DesiredState;
import io.towline.agent.apply.InventoryEntry;
import io.towline.agent.apply.KubeApi;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Counts what apply tells, and passes it on. */
final class MeteredListener implements ApplyListener {
  private final ApplyListener next;
  private final AgentMetrics metrics;
  private final ApiServerProbe probe;
  private final InstantSource clock;
  private volatile Instant desiredSince;

  MeteredListener(
      ApplyListener next, AgentMetrics metrics, ApiServerProbe probe, InstantSource clock) {
    this.next = next;
    this.metrics = metrics;
    this.probe = probe;
    this.clock = clock;
    this.desiredSince = clock.instant();
  }

  @Override
  public void desired(DesiredState state) {
    desiredSince = clock.instant();
    next.desired(state);
  }

  @Override
  public boolean applying(ObjectIdentity identity) {
    return next.applying(identity);
  }

  @Override
  public void applied(InventoryEntry entry, KubeApi.Applied live) {
    next.applied(entry, live);
  }

  @Override
  public void left(ManifestEntry entry, boolean ours) {
    next.left(entry, ours);
  }

  @Override
  public void refused(ObjectIdentity identity) {
    next.refused(identity);
  }

  @Override
  public void bundle(AppliedBundle result) {
    metrics.reconciled(result, Duration.between(desiredSince, clock.instant()));
    if (result.reason().filter(Reason.API_SERVER_UNAVAILABLE::equals).isPresent()) {
      probe.doubt();
    }
    next.bundle(result);
  }

  @Override
  public void deletion(DeletionOutcome outcome, long sequence) {
    next.deletion(outcome, sequence);
  }
}
