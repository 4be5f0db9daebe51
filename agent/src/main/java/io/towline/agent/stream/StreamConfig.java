package io.towline.agent.stream;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the agent behaves towards its hub. */
@ConfigMapping(prefix = "towline.stream")
public interface StreamConfig {
  /** Upper bound of the first wait after a connection broke. */
  @WithDefault("1s")
  Duration firstBackoff();

  /**
   * Upper bound of every wait. With full jitter half a minute brings a whole fleet back within half
   * a minute of its hub, and costs a hub that is down two tries a minute and agent.
   */
  @WithDefault("30s")
  Duration longestBackoff();

  /** A call that lasted this long went well: the next wait is a first one again. */
  @WithDefault("10s")
  Duration settledAfter();

  /** How long the hub may take to answer, where it has not yet said how often it beats. */
  @WithDefault("30s")
  Duration answerTimeout();

  /** A fetch that brings no chunk for this long is begun anew where it stopped. */
  @WithDefault("30s")
  Duration chunkTimeout();

  /**
   * The HTTP proxy before the hub, as {@code http://HOST:PORT}, or {@code
   * http://USER:PASSWORD@HOST:PORT}; it has to allow CONNECT to the hub's port. Empty: the hub is
   * called directly. By default what the environment says to every program.
   */
  @WithDefault("${https_proxy:${HTTPS_PROXY:}}")
  Optional<String> proxy();

  /**
   * Hubs that are called directly all the same: names, which mean those below them too, addresses,
   * blocks of addresses as 10.0.0.0/8, or * for every one.
   */
  @WithDefault("${no_proxy:${NO_PROXY:}}")
  Optional<List<String>> noProxy();
}
