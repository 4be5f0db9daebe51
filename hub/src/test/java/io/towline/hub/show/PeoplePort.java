package io.towline.hub.show;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Database;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.stream.ReportSink;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The hub's two HTTP ports as they run, over a fleet of the test's making. */
public class PeoplePort implements QuarkusTestProfile {
  private static Path directory() {
    try {
      return Files.createTempDirectory("towline-show");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.of(
        "quarkus.http.test-port", "0",
        "quarkus.management.test-port", "0",
        "towline.agents.port", "0",
        "towline.data-dir", directory().toString(),
        // The loops would take the fleet to what the configuration says: to nothing.
        "quarkus.arc.exclude-types", "io.towline.hub.app.HubLife",
        "towline.show.bookmark-interval", "200ms",
        "towline.show.coalesce", "1ms");
  }

  @Override
  public Set<Class<?>> getEnabledAlternatives() {
    return Set.of(Beans.class);
  }

  /** What other steps would give. */
  @Singleton
  @Alternative
  @Priority(1)
  public static class Beans {
    private final FleetFixture fixture;

    Beans(@ConfigProperty(name = "towline.data-dir") Path directory) {
      this.fixture = new FleetFixture(directory);
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    FleetFixture fixture() {
      return fixture;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    Database database() {
      return fixture.database;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    Changes changes() {
      return fixture.changes;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    Clusters clusters() {
      return fixture.clusters;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    Fleet fleet() {
      return fixture.fleet;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    BodyStore bodies() {
      return fixture.bodies;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    InstantSource time() {
      return fixture.clock;
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    SourceReconciler reconciler() {
      return new SourceReconciler() {
        @Override
        public void reconcile(String source) {
          fixture.sql(
              "update source set reason = 'SourceUnreachable', message = ? where name = ?",
              "reconciled",
              source);
        }

        // The repository is at the commit of ones, and nothing else is taken.
        @Override
        public void approve(String source, String commit) {
          boolean taken = commit.equals("1".repeat(40));
          fixture.sql(
              "update source set commit_id = case when ? then ? else commit_id end, reason ="
                  + " case when ? then null else 'HistoryRewritten' end where name = ?",
              taken,
              commit,
              taken,
              source);
        }
      };
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    SigningProbe signing() {
      return new SoleSigner();
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    WebhookReceiver webhooks() {
      return (source, headers, body) ->
          switch (headers.getOrDefault("x-test", "")) {
            case "genuine" -> WebhookReceiver.Verdict.ACCEPTED;
            case "flood" -> WebhookReceiver.Verdict.TOO_MANY;
            default -> WebhookReceiver.Verdict.REFUSED;
          };
    }

    @Produces
    @Singleton
    @Alternative
    @Priority(1)
    ReportSink reports() {
      return new ReportSink() {
        @Override
        public void followed(KnownCluster cluster, FollowRequest request) {}

        @Override
        public Standing hello(KnownCluster cluster, ReportHello hello) {
          return new Standing(0, false);
        }

        @Override
        public void heartbeat(KnownCluster cluster, Heartbeat heartbeat) {}

        @Override
        public Standing batch(KnownCluster cluster, long incarnation, ReportBatch batch) {
          return new Standing(batch.getNumber(), false);
        }
      };
    }
  }
}
