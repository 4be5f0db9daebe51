package io.towline.agent.app;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * The probes. None of them depends on the hub: an agent without a hub does its work, and must not
 * be restarted for it.
 */
final class Probes {
  private Probes() {}

  /** The process answers; that is all that a restart could mend. */
  @Liveness
  @ApplicationScoped
  static class Alive implements HealthCheck {
    @Override
    public HealthCheckResponse call() {
      return HealthCheckResponse.up("process");
    }
  }

  /** The agent knows who it is and has begun. */
  @Startup
  @ApplicationScoped
  static class Started implements HealthCheck {
    private final AgentLifecycle lifecycle;

    Started(AgentLifecycle lifecycle) {
      this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
      return HealthCheckResponse.named("started").status(lifecycle.agent().isPresent()).build();
    }
  }

  /**
   * The API server answers, and the agent's state is loaded and sound, or none is there because the
   * hub has not let the cluster in yet: a restart would not help.
   */
  @Readiness
  @ApplicationScoped
  static class Ready implements HealthCheck {
    private final AgentLifecycle lifecycle;

    Ready(AgentLifecycle lifecycle) {
      this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
      boolean loaded = lifecycle.agent().map(Agent::isLoaded).orElse(false);
      boolean unnamed = lifecycle.agent().map(Agent::isUnnamed).orElse(false);
      String state =
          unnamed ? "the hub has not let this cluster in yet" : loaded ? "loaded" : "not loaded";
      String trust = lifecycle.agent().flatMap(Agent::lostTrust).orElse(state);
      boolean reachable = reachesApiServer();
      return HealthCheckResponse.named("agent")
          .status((loaded || unnamed) && reachable)
          .withData("state", trust)
          .withData("envelope", lifecycle.agent().map(Agent::held).orElse("none"))
          .withData("apiServer", reachable ? "answers" : "does not answer")
          .build();
    }

    private boolean reachesApiServer() {
      try {
        return lifecycle.agent().isPresent() && lifecycle.agent().get().reachesApiServer();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}
