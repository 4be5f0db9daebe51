package io.towline.hub.show;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What the people's port is told. */
@ConfigMapping(prefix = "towline.show")
public interface ShowSettings {
  /**
   * Whether plain HTTP may be served on other addresses than loopback. Tokens travel in clear text
   * then, so this is only for a port that an ingress with TLS stands before.
   */
  @WithDefault("false")
  boolean allowInsecure();

  /**
   * A file with the administrator's token, as a mounted Secret gives it; read at the start. Else
   * the hub makes a token and keeps it in its data directory.
   */
  Optional<Path> adminTokenFile();

  /** Watches that may be open at once; each costs a virtual thread and a bounded memory. */
  @WithDefault("200")
  int watches();

  /** A watch is silent for no longer than this. */
  @WithDefault("30s")
  Duration bookmarkInterval();

  /** Changes that come within this are sent as one, so that a busy fleet costs readers little. */
  @WithDefault("200ms")
  Duration coalesce();
}
