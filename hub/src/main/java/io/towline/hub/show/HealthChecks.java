package io.towline.hub.show;

import io.towline.hub.store.SchemaQueries;
import io.towline.hub.store.StoreException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * What readiness depends on: the database, its migrations and the signing key. Not on Git, whose
 * absence must not take the people's port away; liveness depends on nothing.
 */
@ApplicationScoped
public class HealthChecks {
  private final SchemaQueries schema;
  private final SigningProbe signing;

  public HealthChecks(SchemaQueries schema, SigningProbe signing) {
    this.schema = schema;
    this.signing = signing;
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck database() {
    return () -> check("database", schema::ping);
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck migrations() {
    return () ->
        check(
            "migrations",
            () -> {
              if (schema.version().isEmpty()) {
                throw new IllegalStateException("A migration failed.");
              }
            });
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck signingKey() {
    return () -> check("signing key", signing::check, () -> signing.soleKey().warning());
  }

  private static HealthCheckResponse check(String name, Runnable check) {
    return check(name, check, Optional::empty);
  }

  /**
   * One answer.
   *
   * @param caution what an operator should change though it works
   */
  private static HealthCheckResponse check(
      String name, Runnable check, Supplier<Optional<String>> caution) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named(name);
    try {
      check.run();
      caution.get().ifPresent(text -> response.withData("caution", text));
      return response.up().build();
    } catch (StoreException e) {
      // The database's own words may hold more than strangers should read.
      return response.down().withData("message", "The database does not answer.").build();
    } catch (RuntimeException e) {
      return response.down().withData("message", String.valueOf(e.getMessage())).build();
    }
  }
}
