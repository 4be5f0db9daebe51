package io.towline.agent.stream;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where the agent finds envelopes that people carry to it. */
@ConfigMapping(prefix = "towline.offline")
public interface OfflineConfig {
  /**
   * A folder that holds, or will hold, what {@code towline export -d} wrote; only read. Without it
   * envelopes come from the hub alone; with it from whoever has the newest. An agent with an
   * offline token needs it.
   */
  Optional<Path> dir();

  /**
   * How often the folder is looked at, from 100 ms to an hour. A look that finds nothing new reads
   * one file and the names of the others; ten seconds are soon enough for what came by hand.
   */
  @WithDefault("10s")
  Duration interval();
}
