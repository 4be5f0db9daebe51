package io.towline.hub.sign;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the hub signs. */
@ConfigMapping(prefix = "towline.sign")
public interface SignConfig {
  /**
   * How long an envelope is valid. It bounds how long somebody between hub and agent can withhold a
   * newer one unnoticed, so it is short; it is renewed at half its life, so a hub may be away for
   * the other half before agents report it. An expired envelope is still enforced. At most what the
   * root allows, seven days for a root that the hub made itself.
   */
  @WithDefault("24h")
  Duration envelopeLife();
}
