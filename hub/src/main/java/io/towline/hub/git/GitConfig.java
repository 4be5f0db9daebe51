package io.towline.hub.git;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How repositories are fetched: {@code towline.git.*}. */
@ConfigMapping(prefix = "towline.git")
public interface GitConfig {
  /** Whether {@code http://} and {@code file://} are allowed: for trials on one machine. */
  @WithDefault("false")
  boolean allowInsecure();

  /**
   * From where sources may be, each as scheme, host and, if wanted, port and the beginning of the
   * path: {@code https://git.example.com}, {@code https://*.example.com}, {@code
   * ssh://git.example.com/team}. Everything by https and ssh if absent. Addresses of cloud metadata
   * services are refused always, redirects are never followed.
   */
  Optional<List<String>> allowedUrls();

  /** How long one fetch may take in all. Enough for the first one of a large repository. */
  @WithDefault("300s")
  Duration fetchTimeout();

  /** How many bytes one fetch may bring; 1 GiB. */
  @WithDefault("1073741824")
  long maxFetchBytes();

  /** How many bytes one file of a commit may have; 50 MB, as the larger Git hosts allow. */
  @WithDefault("50000000")
  long maxObjectBytes();
}
