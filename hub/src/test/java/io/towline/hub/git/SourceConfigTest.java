package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourceConfigTest {
  @Test
  void readsSourcesByTheirNamesWithTheirDefaults() {
    SmallRyeConfig config =
        config(
            Map.of(
                "towline.sources.web-apps.url", "https://git.example/web.git",
                "towline.sources.web-apps.branch", "stable",
                "towline.sources.web-apps.interval", "5m",
                "towline.sources.fleet.url", "file:///srv/fleet.git",
                "towline.sources.fleet.declares-clusters", "true",
                "towline.git.allow-insecure", "true"));
    GitConfig git = config.getConfigMapping(GitConfig.class);

    List<Source> sources = Source.of(config.getConfigMapping(SourceConfig.class), git);

    assertThat(sources).extracting(Source::name).containsExactly("fleet", "web-apps");
    assertThat(sources.getFirst().declaresClusters()).isTrue();
    assertThat(sources.getFirst().interval()).isEqualTo(Duration.ofSeconds(60));
    assertThat(sources.getFirst().wanted()).isEqualTo(new Wanted.Branch("main"));
    assertThat(sources.get(1).wanted()).isEqualTo(new Wanted.Branch("stable"));
    assertThat(sources.get(1).interval()).isEqualTo(Duration.ofMinutes(5));
    assertThat(git.fetchTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(git.maxFetchBytes()).isEqualTo(1L << 30);
  }

  @Test
  void needsNoSourceAtAll() {
    SmallRyeConfig config = config(Map.of());

    assertThat(config.getConfigMapping(SourceConfig.class).repositories()).isEmpty();
    assertThat(config.getConfigMapping(GitConfig.class).allowInsecure()).isFalse();
  }

  private static SmallRyeConfig config(Map<String, String> properties) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withConverter(Duration.class, 200, new DurationConverter())
        .withMapping(SourceConfig.class)
        .withMapping(GitConfig.class)
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .build();
  }
}
