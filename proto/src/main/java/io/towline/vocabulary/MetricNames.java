package io.towline.vocabulary;

/**
 * Metric names as Micrometer takes them; Prometheus shows them with underscores and its suffixes.
 */
public final class MetricNames {
  public static final String BUILD_INFO = "towline.build.info";

  // Hub.
  public static final String CLUSTERS = "towline.clusters";
  public static final String CLUSTER_CONNECTED = "towline.cluster.connected";
  public static final String CLUSTER_LAST_SEEN = "towline.cluster.last.seen.timestamp.seconds";
  public static final String TARGETS = "towline.targets";
  public static final String SOURCE_LAST_SUCCESS = "towline.source.last.success.timestamp.seconds";
  public static final String SOURCE_FETCH = "towline.source.fetch.duration";
  public static final String RENDER = "towline.render.duration";
  public static final String RENDER_FAILURES = "towline.render.failures";
  public static final String PROPAGATION = "towline.propagation.duration";
  public static final String DRIFT_DETECTED = "towline.drift.detected";
  public static final String VERIFICATION_FAILURES = "towline.verification.failures";
  public static final String AGENT_STREAMS = "towline.agent.streams";
  public static final String AGENT_REFUSALS = "towline.agent.refusals";
  public static final String SOLE_KEY_ROLES = "towline.signing.sole.key.roles";

  // Agent.
  public static final String AGENT_HUB_CONNECTED = "towline.agent.hub.connected";
  public static final String AGENT_LAST_CONTACT = "towline.agent.last.contact.timestamp.seconds";
  public static final String AGENT_CLOCK_SKEW = "towline.agent.clock.skew.seconds";
  public static final String AGENT_RECONCILES = "towline.agent.reconciles";
  public static final String AGENT_RECONCILE = "towline.agent.reconcile.duration";
  public static final String AGENT_OBJECTS = "towline.agent.objects";
  public static final String AGENT_DRIFT_CORRECTIONS = "towline.agent.drift.corrections";
  public static final String AGENT_ENVELOPE_EXPIRY =
      "towline.agent.envelope.expiry.timestamp.seconds";
  public static final String AGENT_ENVELOPE_SEQUENCE = "towline.agent.envelope.sequence";
  public static final String AGENT_ENVELOPE_REFUSALS = "towline.agent.envelope.refusals";

  // Label keys.
  public static final String BUNDLE = "bundle";
  public static final String MANAGED_CLUSTER = "managed_cluster";
  public static final String SOURCE = "source";
  public static final String STATUS = "status";
  public static final String CONNECTION = "connection";
  public static final String REASON = "reason";
  public static final String RESULT = "result";
  public static final String ACTION = "action";
  public static final String STATE = "state";
  public static final String COMPONENT = "component";
  public static final String VERSION = "version";

  private MetricNames() {}
}
