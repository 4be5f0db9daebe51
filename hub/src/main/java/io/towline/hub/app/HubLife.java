package io.towline.hub.app;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.EnvConfigSource;
import io.towline.hub.enroll.AgentsRule;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.git.GitConfig;
import io.towline.hub.git.GitUrl;
import io.towline.hub.git.Source;
import io.towline.hub.git.SourceProperties;
import io.towline.hub.render.Renderer;
import io.towline.hub.report.ConnectionSweep;
import io.towline.hub.show.PlainHttpRule;
import io.towline.hub.store.Retention;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jboss.logging.Logger;

/**
 * Starts and stops the hub in order: first what publishes, then what serves; and the other way
 * round at the end.
 */
@Singleton
public class HubLife {
  private static final int BEFORE_ALL = Interceptor.Priority.PLATFORM_BEFORE;

  /** Before the ports that serve. */
  private static final int FIRST = Interceptor.Priority.LIBRARY_BEFORE;

  /** After the ports were closed. */
  private static final int LAST = Interceptor.Priority.LIBRARY_AFTER + 900;

  private static final Duration RETENTION_INTERVAL = Duration.ofMinutes(10);
  private static final Logger LOG = Logger.getLogger(HubLife.class);

  private final List<LoopThread> tasks = new ArrayList<>();

  /** A setting that is not safe stops the start before anything is made or opened. */
  void check(
      @Observes @Priority(BEFORE_ALL) StartupEvent event,
      PlainHttpRule plainHttp,
      AgentsSettings agents) {
    plainHttp
        .breach()
        .or(() -> AgentsRule.breach(agents))
        .ifPresent(
            why -> {
              throw new IllegalStateException(why);
            });
    SourceProperties.requireKnown(writtenProperties(ConfigProvider.getConfig()));
  }

  /** Without the environment's, whose variables say the same in other letters. */
  static Set<String> writtenProperties(Config config) {
    Set<String> names = new TreeSet<>();
    for (ConfigSource source : config.getConfigSources()) {
      if (!(source instanceof EnvConfigSource)) {
        names.addAll(source.getPropertyNames());
      }
    }
    return names;
  }

  void start(
      @Observes @Priority(FIRST) StartupEvent event,
      Journey journey,
      ConnectionSweep sweep,
      Retention retention,
      AgentsSettings agents,
      Renderer renderer,
      GitConfig git,
      @ConfigProperty(name = "quarkus.application.version") String version,
      @ConfigProperty(name = "quarkus.http.port") int port) {
    List<Source> sources = journey.sources().sources();
    List<String> exposed =
        sources.stream()
            .filter(source -> source.url().scheme() == GitUrl.Scheme.HTTP)
            .map(Source::name)
            .toList();
    if (git.allowInsecure() && !exposed.isEmpty()) {
      LOG.warnf(
          "towline.git.allow-insecure: whoever stands between can change what these sources say"
              + " sources=%s",
          exposed);
    }
    journey.start();
    tasks.add(Periodic.start("connections", agents.heartbeatInterval(), sweep::sweep));
    tasks.add(Periodic.start("retention", RETENTION_INTERVAL, retention::run));
    LOG.infof(
        "Towline hub starts version=%s people=%d agents=%d sources=%s renders=%s",
        version,
        port,
        agents.port(),
        sources.stream().map(Source::name).toList(),
        renderer.confinement());
  }

  void stop(@Observes @Priority(LAST) ShutdownEvent event, Journey journey) {
    journey.stop();
    LoopThread.stop(tasks);
  }
}
