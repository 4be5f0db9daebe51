package io.towline.hub.show;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.towline.hub.store.BundleQueries;
import io.towline.hub.store.Changes;
import io.towline.hub.store.ClusterQueries;
import io.towline.hub.store.Database;
import io.towline.hub.store.SourceQueries;
import io.towline.hub.store.StoreException;
import io.towline.hub.store.TargetQueries;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.MetricNames;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import org.jboss.logging.Logger;

/**
 * The gauges that show the fleet. Read from the database when something changed, at most once a
 * second, so that neither a scrape nor a busy fleet costs more than that. No label changes with
 * state; every bundle has all nine statuses. Thread-safe.
 */
public final class FleetMetrics {
  private static final Logger LOG = Logger.getLogger(FleetMetrics.class);

  /** Refreshed at least this often: when clusters were last heard of changes without a word. */
  private static final Duration AT_LEAST = Duration.ofSeconds(15);

  private static final Duration AT_MOST = Duration.ofSeconds(1);

  private final ClusterQueries clusters;
  private final BundleQueries bundles;
  private final TargetQueries targets;
  private final SourceQueries sources;
  private final Wakeups wakeups = new Wakeups();
  private final ReentrantLock refreshing = new ReentrantLock();
  private final MultiGauge byConnection;
  private final MultiGauge connected;
  private final MultiGauge lastSeen;
  private final MultiGauge byStatus;
  private final MultiGauge lastSuccess;
  private final SigningProbe signing;
  private volatile int soleKeyRoles;

  /**
   * @param streams how many envelope streams are open
   */
  public FleetMetrics(
      MeterRegistry registry,
      Database database,
      Changes changes,
      IntSupplier streams,
      SigningProbe signing,
      String hubVersion) {
    this.signing = signing;
    this.clusters = new ClusterQueries(database);
    this.bundles = new BundleQueries(database);
    this.targets = new TargetQueries(database);
    this.sources = new SourceQueries(database);
    Gauge.builder(MetricNames.BUILD_INFO, () -> 1)
        .description("The version that runs")
        .tags(MetricNames.COMPONENT, "hub", MetricNames.VERSION, hubVersion)
        .register(registry);
    Gauge.builder(MetricNames.AGENT_STREAMS, streams::getAsInt)
        .description("Clusters whose envelope stream is open on this hub")
        .register(registry);
    Gauge.builder(MetricNames.SOLE_KEY_ROLES, () -> soleKeyRoles)
        .description("Envelope roles of the root for which the hub's online key alone is enough")
        .register(registry);
    this.byConnection =
        MultiGauge.builder(MetricNames.CLUSTERS).description("Clusters").register(registry);
    this.connected =
        MultiGauge.builder(MetricNames.CLUSTER_CONNECTED)
            .description("1 while the cluster's agent is heard of")
            .register(registry);
    this.lastSeen =
        MultiGauge.builder(MetricNames.CLUSTER_LAST_SEEN)
            .description("When the cluster's agent was last heard of")
            .register(registry);
    this.byStatus =
        MultiGauge.builder(MetricNames.TARGETS).description("Targets").register(registry);
    this.lastSuccess =
        MultiGauge.builder(MetricNames.SOURCE_LAST_SUCCESS)
            .description("When the source was last taken over well")
            .register(registry);
    // Lives as long as the hub, as this does.
    changes.listen(
        topic -> {
          if (topic == Changes.Topic.FLEET) {
            wakeups.wake();
          }
        });
  }

  /** Refreshes until its thread is interrupted. */
  public void run() throws InterruptedException {
    while (!Thread.interrupted()) {
      long seen = wakeups.count();
      try {
        refresh();
      } catch (StoreException e) {
        LOG.warn("Metrics keep their values: the database is away", e);
      }
      wakeups.await(seen, AT_LEAST);
      wakeups.pause(AT_MOST);
    }
  }

  /** Reads all gauges anew; one at a time, since rows are replaced as a whole. */
  void refresh() {
    refreshing.lock();
    try {
      refreshAll();
    } finally {
      refreshing.unlock();
    }
  }

  private void refreshAll() {
    soleKeyRoles = signing.soleKey().roles().size();
    List<MultiGauge.Row<?>> connections = new ArrayList<>();
    clusters
        .countByConnection()
        .forEach(
            (connection, n) ->
                connections.add(
                    MultiGauge.Row.of(Tags.of(MetricNames.CONNECTION, connection.name()), n)));
    byConnection.register(connections, true);
    registerContacts();
    registerTargets();
    List<MultiGauge.Row<?>> successes = new ArrayList<>();
    sources
        .lastSuccesses()
        .forEach(
            (source, at) ->
                successes.add(
                    MultiGauge.Row.of(Tags.of(MetricNames.SOURCE, source), at.getEpochSecond())));
    lastSuccess.register(successes, true);
  }

  private void registerContacts() {
    List<MultiGauge.Row<?>> up = new ArrayList<>();
    List<MultiGauge.Row<?>> seen = new ArrayList<>();
    for (ClusterQueries.Contact contact : clusters.contacts()) {
      Tags cluster = Tags.of(MetricNames.MANAGED_CLUSTER, contact.name());
      boolean alive =
          contact.connection() == Connection.ONLINE || contact.connection() == Connection.LATE;
      up.add(MultiGauge.Row.of(cluster, alive ? 1 : 0));
      contact
          .lastSeenAt()
          .ifPresent(at -> seen.add(MultiGauge.Row.of(cluster, at.getEpochSecond())));
    }
    connected.register(up, true);
    lastSeen.register(seen, true);
  }

  private void registerTargets() {
    Map<String, Map<Status, Integer>> counts = targets.countByBundle();
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    for (String bundle : bundles.names()) {
      Map<Status, Integer> own = counts.getOrDefault(bundle, Map.of());
      for (Status status : Status.values()) {
        rows.add(
            MultiGauge.Row.of(
                Tags.of(MetricNames.BUNDLE, bundle, MetricNames.STATUS, status.word()),
                own.getOrDefault(status, 0)));
      }
    }
    byStatus.register(rows, true);
  }
}
