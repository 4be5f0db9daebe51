package io.towline.hub.enroll;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the agents' settings must not be: values that would leave the port without a limit, or
 * agents without a way back. The hub does not start with one. Pure.
 */
public final class AgentsRule {
  private static final String PREFIX = "towline.agents.";
  private static final Pattern ADDRESS =
      Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{1,5})?");

  /** Agents ping every 30 s: a port that permits less often would send them away. */
  private static final Duration AGENTS_PING = Duration.ofSeconds(30);

  private AgentsRule() {}

  /** The first thing that is wrong, by its property, and what it may be; empty if nothing is. */
  public static Optional<String> breach(AgentsSettings settings) {
    AgentsSettings.Limits limits = settings.limits();
    if (!ADDRESS.matcher(settings.advertisedAddress().strip()).matches()) {
      return Optional.of(
          PREFIX
              + "advertised-address is \""
              + settings.advertisedAddress()
              + "\": it has to be a host, or host:port");
    }
    Duration away = settings.certificateLife().plus(settings.renewalGrace());
    if (away.compareTo(Authorities.OVERLAP) > 0) {
      return Optional.of(
          PREFIX
              + "certificate-life and renewal-grace are "
              + away
              + " together: more than "
              + Authorities.OVERLAP
              + ", in which a new authority takes over, and agents would be left behind");
    }
    return first(
        between("join-token-life", settings.joinTokenLife(), "PT1M", "PT24H"),
        between("certificate-life", settings.certificateLife(), "PT1M", "PT168H"),
        between("renewal-grace", settings.renewalGrace(), "PT0S", "PT168H"),
        between("port", settings.port(), 0, 65_535),
        between("beat-interval", settings.beatInterval(), "PT0.05S", "PT5M"),
        between("heartbeat-interval", settings.heartbeatInterval(), "PT0.05S", "PT5M"),
        between("limits.connection-age", limits.connectionAge(), "PT1M", "PT24H"),
        between("limits.connection-age-grace", limits.connectionAgeGrace(), "PT1S", "PT10M"),
        between("limits.connection-idle", limits.connectionIdle(), "PT10S", "PT1H"),
        between("limits.handshake", limits.handshake(), "PT1S", "PT1M"),
        between(
            "limits.keep-alive-permitted",
            limits.keepAlivePermitted(),
            "PT5S",
            AGENTS_PING.toString()),
        between("limits.calls-per-connection", limits.callsPerConnection(), 4, 64),
        between("limits.resets-per-window", limits.resetsPerWindow(), 10, 10_000),
        between("limits.metadata-bytes", limits.metadataBytes(), 1_024, 65_536),
        between("limits.message-bytes", limits.messageBytes(), 512 * 1_024, 4 * 1_024 * 1_024),
        between("limits.encoded-cache-bytes", limits.encodedCacheBytes(), 0, 1L << 31),
        between("limits.enrollments-per-second", limits.enrollmentsPerSecond(), 1, 1_000),
        between("limits.reports-per-second", limits.reportsPerSecond(), 1, 1_000));
  }

  @SafeVarargs
  private static Optional<String> first(Optional<String>... breaches) {
    for (Optional<String> breach : breaches) {
      if (breach.isPresent()) {
        return breach;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> between(
      String property, Duration value, String least, String most) {
    boolean good =
        value.compareTo(Duration.parse(least)) >= 0 && value.compareTo(Duration.parse(most)) <= 0;
    return good ? Optional.empty() : Optional.of(text(property, value, least, most));
  }

  private static Optional<String> between(String property, long value, long least, long most) {
    return value >= least && value <= most
        ? Optional.empty()
        : Optional.of(text(property, value, least, most));
  }

  private static String text(String property, Object value, Object least, Object most) {
    return PREFIX + property + " is " + value + ": it has to be from " + least + " to " + most;
  }
}
