package io.towline.hub.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.towline.fleet.v1.AgentChart;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.Authorities;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.enroll.Registration;
import io.towline.hub.show.AdminToken;
import io.towline.hub.show.EnrollActions;
import io.towline.hub.show.FleetActions;
import io.towline.hub.show.FleetMetrics;
import io.towline.hub.show.FleetReads;
import io.towline.hub.show.PeopleTokens;
import io.towline.hub.show.PlainHttpRule;
import io.towline.hub.show.ShowSettings;
import io.towline.hub.show.SigningProbe;
import io.towline.hub.show.SourceReconciler;
import io.towline.hub.show.SuspensionActions;
import io.towline.hub.show.TrustActions;
import io.towline.hub.show.Watches;
import io.towline.hub.sign.SoleKey;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Database;
import io.towline.hub.store.Enrollments;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.PendingEnvelopes;
import io.towline.hub.store.Pools;
import io.towline.hub.store.SchemaQueries;
import io.towline.hub.store.Suspensions;
import io.towline.hub.stream.AgentServer;
import io.towline.hub.stream.AgentStreams;
import io.towline.hub.stream.ReportSink;
import io.towline.vocabulary.Reason;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Joins the steps that face agents and people: enroll, stream and show. */
@Singleton
public class EdgeWiring {
  /** After everything else has started: whoever connects finds a hub that is whole. */
  private static final int LAST = Interceptor.Priority.LIBRARY_AFTER + 900;

  /** How long what reads the database for metrics and streams has to come to its end. */
  private static final int STOP_SECONDS = 5;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("agent-streams").daemon().factory());
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  /** The database stands for the data directory: it comes after this hub alone has that. */
  @Produces
  @Singleton
  Authorities authorities(
      @ConfigProperty(name = "towline.data-dir") Path directory,
      Database database,
      InstantSource time)
      throws IOException {
    return Authorities.open(directory, new SecureRandom(), time);
  }

  @Produces
  @Singleton
  PeopleTokens peopleTokens(
      @ConfigProperty(name = "towline.data-dir") Path directory,
      ShowSettings settings,
      Database database)
      throws IOException {
    return settings.adminTokenFile().isPresent()
        ? AdminToken.given(settings.adminTokenFile().get())
        : AdminToken.open(directory, new SecureRandom());
  }

  @Produces
  @Singleton
  AgentQueries agentQueries(Database database) {
    return new AgentQueries(database);
  }

  @Produces
  @Singleton
  SchemaQueries schemaQueries(Database database) {
    return new SchemaQueries(database);
  }

  @Produces
  @Singleton
  Enrolling enrolling(
      Enrollments enrollments,
      Pools pools,
      Fleet fleet,
      Authorities authorities,
      AgentsSettings settings,
      InstantSource time,
      MeterRegistry registry) {
    return new Enrolling(
        enrollments,
        pools,
        fleet,
        authorities,
        settings,
        new SecureRandom(),
        time,
        System::nanoTime,
        new HubMetrics(registry)::agentRefused);
  }

  @Produces
  @Singleton
  AgentStreams agentStreams(
      AgentQueries queries,
      Fleet fleet,
      BodyStore bodies,
      Enrolling enrolling,
      ReportSink sink,
      AgentsSettings settings,
      Changes changes,
      InstantSource time,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    AgentStreams streams =
        new AgentStreams(
            queries,
            fleet,
            bodies,
            enrolling,
            sink,
            settings,
            version,
            time,
            System::nanoTime,
            executor,
            timer);
    // Lives as long as the hub.
    streams.listen(changes);
    return streams;
  }

  @Produces
  @Singleton
  AgentServer agentServer(AgentsSettings settings, Enrolling enrolling, AgentStreams streams)
      throws IOException {
    return AgentServer.start(settings, enrolling, streams);
  }

  @Produces
  @Singleton
  Registration registration(
      Clusters clusters,
      Enrollments enrollments,
      Pools pools,
      Fleet fleet,
      Authorities authorities,
      AgentsSettings settings,
      AgentServer server,
      InstantSource time) {
    return new Registration(
        clusters,
        enrollments,
        pools,
        fleet,
        authorities,
        settings,
        server::port,
        new SecureRandom(),
        time);
  }

  @Produces
  @Singleton
  FleetReads fleetReads(
      Database database,
      Fleet fleet,
      SigningProbe signing,
      InstantSource time,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    return new FleetReads(database, fleet, signing, time, version);
  }

  /** The chart of the hub's own version, which only a registry has several of. */
  @Produces
  @Singleton
  AgentChart agentChart(
      AgentsSettings agents, @ConfigProperty(name = "quarkus.application.version") String version) {
    AgentChart.Builder chart = AgentChart.newBuilder().setPlace(agents.chart());
    if (agents.chart().startsWith("oci://")) {
      chart.setVersion(version);
    }
    return chart.build();
  }

  @Produces
  @Singleton
  FleetActions fleetActions(
      FleetReads reads,
      Registration registration,
      Clusters clusters,
      AgentStreams streams,
      SourceReconciler reconciler,
      Database database,
      BodyStore bodies,
      Fleet fleet,
      AgentChart chart) {
    return new FleetActions(
        reads, registration, clusters, streams, reconciler, database, bodies, fleet, chart);
  }

  @Produces
  @Singleton
  EnrollActions enrollActions(
      FleetReads reads,
      Registration registration,
      Pools pools,
      Authorities authorities,
      Enrollments enrollments,
      AgentsSettings settings,
      InstantSource time,
      AgentChart chart) {
    return new EnrollActions(
        reads, registration, pools, authorities, enrollments, settings, time, chart);
  }

  @Produces
  @Singleton
  SuspensionActions suspensionActions(
      FleetReads reads, Suspensions suspensions, InstantSource time) {
    return new SuspensionActions(reads, suspensions, time);
  }

  /** What every signature stands on: that the newest root lives. */
  @Produces
  @Singleton
  SigningProbe signingProbe(Signing signing, InstantSource time) {
    return new SigningProbe() {
      @Override
      public void check() {
        if (!signing.root().expiresAt().isAfter(time.instant())) {
          throw new IllegalStateException(Reason.ROOT_EXPIRED.explanation());
        }
      }

      @Override
      public SoleKey soleKey() {
        return signing.newest().soleKey();
      }
    };
  }

  @Produces
  @Singleton
  TrustActions trustActions(
      FleetReads reads,
      Signing signing,
      PendingEnvelopes pending,
      Database database,
      BodyStore bodies,
      Fleet fleet) {
    return new TrustActions(reads, signing, pending, database, bodies, fleet);
  }

  @Produces
  @Singleton
  Watches watches(Database database, Changes changes, ShowSettings settings) {
    return new Watches(database, changes, settings);
  }

  @Produces
  @Singleton
  FleetMetrics fleetMetrics(
      MeterRegistry registry,
      Database database,
      Changes changes,
      AgentStreams streams,
      SigningProbe signing,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    return new FleetMetrics(registry, database, changes, streams::streams, signing, version);
  }

  @Produces
  @Singleton
  PlainHttpRule plainHttpRule(
      ShowSettings settings,
      @ConfigProperty(name = "quarkus.http.host") String host,
      @ConfigProperty(name = "quarkus.http.insecure-requests", defaultValue = "enabled")
          String insecure) {
    return new PlainHttpRule(host, insecure.equalsIgnoreCase("enabled"), settings.allowInsecure());
  }

  void start(
      @Observes @Priority(LAST) StartupEvent event,
      AgentServer server,
      AgentStreams streams,
      FleetMetrics metrics) {
    var unused = timer.scheduleAtFixedRate(streams::tick, 1, 1, TimeUnit.SECONDS);
    executor.execute(() -> refresh(metrics));
  }

  private static void refresh(FleetMetrics metrics) {
    try {
      metrics.run();
    } catch (InterruptedException e) {
      // The hub stops.
      Thread.currentThread().interrupt();
    }
  }

  /** Before the loops stop and the database closes. */
  void stop(@Observes ShutdownEvent event, AgentServer server) throws InterruptedException {
    server.close();
    timer.shutdownNow();
    executor.shutdownNow();
    executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
  }
}
