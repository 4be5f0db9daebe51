package io.towline.hub.git;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How repositories are fetched: {@code towline.git.*}. */
@ConfigMapping(prefix = "towline.git")
public interface GitConfig {
  /** Whether {@code http://} and {@code file://} are allowed: for trials on one machine. */
  @WithDefault("false")
  boolean allowInsecure();

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
