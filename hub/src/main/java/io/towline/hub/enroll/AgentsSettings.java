package io.towline.hub.enroll;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/**
 * What the agents' port is told: where it listens, where agents find it, and how it bounds them.
 */
@ConfigMapping(prefix = "towline.agents")
public interface AgentsSettings {
  /** TCP port of the agents' server; 0 takes any free one. 8443 needs no privilege. */
  @WithDefault("8443")
  int port();

  /**
   * The address of the agents' server, host or host:port, as agents shall dial it: it goes into
   * join tokens. Without a port the listening one is meant. The default serves a trial on one
   * machine only.
   */
  @WithDefault("localhost")
  String advertisedAddress();

  /**
   * The agent's chart as the line of {@code towline cluster add} names it: an OCI address, which
   * gets the hub's own version, or an archive or a folder for who pastes the line.
   */
  @WithDefault("oci://ghcr.io/towline/charts/towline-agent")
  String chart();

  /**
   * The hub is silent towards an agent for no longer than this. Shorter than the minute after which
   * common load balancers drop a silent connection.
   */
  @WithDefault("20s")
  Duration beatInterval();

  /**
   * An agent's reports are silent for no longer than this. Two missed ones make a cluster late,
   * five make it offline: a lost cluster shows after one minute, and counts as lost after two and a
   * half. Shorter means more writes: 10,000 idle clusters write 333 times a second.
   */
  @WithDefault("30s")
  Duration heartbeatInterval();

  /**
   * Life of a join token for which nobody asked another one. An hour is enough to paste a line;
   * whoever needs longer says so, up to 24 hours.
   */
  @WithDefault("1h")
  Duration joinTokenLife();

  /**
   * Life of an agent's certificate. It is renewed when two thirds are over, so a hub may be away
   * for a third of it before anything expires; a stolen one is worth no more than this.
   */
  @WithDefault("24h")
  Duration certificateLife();

  /**
   * How long after its expiry a certificate may still be renewed, by whoever has its key: a cluster
   * that was cut off over a long weekend comes back by itself.
   */
  @WithDefault("72h")
  Duration renewalGrace();

  /** Limits of every connection; SECURITY of the agents' port rests on them. */
  Limits limits();

  /** Limits of connections and calls. */
  interface Limits {
    /** Age after which a connection is asked to come back, ±10 %: it spreads load over replicas. */
    @WithDefault("1h")
    Duration connectionAge();

    /** How long calls may go on after that. */
    @WithDefault("30s")
    Duration connectionAgeGrace();

    /** A connection without any call is closed after this. */
    @WithDefault("5m")
    Duration connectionIdle();

    /** TLS and HTTP/2 must be set up within this. */
    @WithDefault("10s")
    Duration handshake();

    /** Agents that ping more often than this are sent away; they are told to ping every 30 s. */
    @WithDefault("20s")
    Duration keepAlivePermitted();

    /** Concurrent calls of one connection: an agent needs four. */
    @WithDefault("8")
    int callsPerConnection();

    /** Stream resets of one connection in 30 s; more end it (rapid reset). */
    @WithDefault("100")
    int resetsPerWindow();

    /** Bytes of encoded bodies that are kept for agents that ask for the same ones. */
    @WithDefault("16777216")
    long encodedCacheBytes();

    /** Bytes of the headers of one call: an agent sends about 300. */
    @WithDefault("8192")
    int metadataBytes();

    /** Bytes of one message of an agent: a report batch has at most 256 KiB. */
    @WithDefault("1048576")
    int messageBytes();

    /**
     * Attempts to enrol a second, of all agents together, with twice as many at once; more are told
     * to try again. An attempt costs about a millisecond, and a secret cannot be guessed.
     */
    @WithDefault("20")
    int enrollmentsPerSecond();

    /** Report messages a second of one agent, on average; more have to wait. */
    @WithDefault("20")
    int reportsPerSecond();
  }
}
