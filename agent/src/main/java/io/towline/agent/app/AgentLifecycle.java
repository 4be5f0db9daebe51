package io.towline.agent.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.Pace;
import io.towline.agent.enroll.AgentConfig;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.SealConfig;
import io.towline.agent.enroll.StateException;
import io.towline.agent.observe.ObserveConfig;
import io.towline.agent.stream.OfflineConfig;
import io.towline.agent.stream.StreamConfig;
import io.towline.agent.verify.GuardConfig;
import io.towline.agent.verify.GuardException;
import io.towline.agent.verify.GuardSettings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Starts the agent once the process is up, and stops it with SIGTERM. */
@ApplicationScoped
class AgentLifecycle {
  private static final Logger LOG = Logger.getLogger(AgentLifecycle.class);
  private static final int NOT_STARTED = 1;

  private final Agent.Config config;
  private final MeterRegistry registry;
  private final String version;
  private final Config all;
  private volatile @Nullable Agent agent;

  AgentLifecycle(
      AgentConfig agentConfig,
      SealConfig sealConfig,
      StreamConfig streamConfig,
      OfflineConfig offlineConfig,
      GuardConfig guardConfig,
      ApplyConfig applyConfig,
      ObserveConfig observeConfig,
      MeterRegistry registry,
      @ConfigProperty(name = "quarkus.application.version") String version,
      Config all) {
    this.config =
        new Agent.Config(
            agentConfig,
            sealConfig,
            streamConfig,
            offlineConfig,
            guardConfig,
            applyConfig,
            observeConfig);
    this.registry = registry;
    this.version = version;
    this.all = all;
  }

  /** Starts the agent; where it cannot start, the process ends with the reason in its log. */
  void start() {
    try {
      requireGuardRails();
      Agent starting =
          new Agent(
              config,
              version,
              new AgentMetrics(registry, version),
              InstantSource.system(),
              Pace.real());
      starting.start();
      agent = starting;
    } catch (GuardException | EnrollException | StateException | IOException e) {
      LOG.errorf("the agent cannot start: %s%s", e.getMessage(), causeOf(e));
      Quarkus.asyncExit(NOT_STARTED);
    }
  }

  /** Nothing runs before all that the cluster's owner wrote down is known to count. */
  private void requireGuardRails() {
    GuardSettings.requireKnown(all.getPropertyNames());
    GuardSettings.requireMeaning(config.guard());
    for (String property : GuardSettings.LOCATIONS) {
      all.getOptionalValues(property, String.class)
          .ifPresent(files -> files.forEach(file -> GuardSettings.requireReadable(property, file)));
    }
  }

  private static String causeOf(Exception e) {
    return e.getCause() instanceof IOException files ? " (" + files + ")" : "";
  }

  void onStop(@Observes ShutdownEvent event) throws InterruptedException {
    Agent running = agent;
    if (running != null) {
      running.stop();
    }
  }

  Optional<Agent> agent() {
    return Optional.ofNullable(agent);
  }
}
