package io.towline.hub.enroll;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that certificates carry: SPIFFE ids (SPIFFE-ID, section 2) with the fleet as their
 * trust domain.
 */
final class AgentUri {
  private static final Pattern CLUSTER =
      Pattern.compile(
          "spiffe://([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
              + "/cluster/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

  private AgentUri() {}

  /** The hub of a fleet. */
  static String ofHub(UUID fleet) {
    return "spiffe://" + fleet + "/hub";
  }

  /** The agent of a cluster. */
  static String ofCluster(UUID fleet, UUID cluster) {
    return "spiffe://" + fleet + "/cluster/" + cluster;
  }

  /** The cluster that a name stands for; empty if it is none of that fleet. */
  static Optional<UUID> clusterOf(UUID fleet, String uri) {
    Matcher matcher = CLUSTER.matcher(uri);
    return matcher.matches() && matcher.group(1).equals(fleet.toString())
        ? Optional.of(UUID.fromString(matcher.group(2)))
        : Optional.empty();
  }
}
