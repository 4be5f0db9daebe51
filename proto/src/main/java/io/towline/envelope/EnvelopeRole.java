package io.towline.envelope;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * Who may sign envelopes for which clusters.
 *
 * @param name the role's name, for people
 * @param clusters ids of clusters, or {@link #ALL_OTHERS} alone
 * @param keys the keys and how many of them
 * @param maxLifetimeDays how long an envelope may live, 1 to 366 days
 */
public record EnvelopeRole(String name, List<String> clusters, KeyRole keys, int maxLifetimeDays) {
  /** Stands for every cluster that no other role names. */
  public static final String ALL_OTHERS = "*";

  private static final int MAX_DAYS = 366;

  public EnvelopeRole {
    clusters = List.copyOf(clusters);
    if (clusters.isEmpty() || new HashSet<>(clusters).size() != clusters.size()) {
      throw new IllegalArgumentException("an envelope role names its clusters, each once");
    }
    if (clusters.contains(ALL_OTHERS) && clusters.size() > 1) {
      throw new IllegalArgumentException("an envelope role names clusters or all others, not both");
    }
    for (String cluster : clusters) {
      if (!cluster.equals(ALL_OTHERS) && Members.uuidOf(cluster).isEmpty()) {
        throw new IllegalArgumentException("an envelope role names clusters by their UUIDs");
      }
    }
    if (maxLifetimeDays < 1 || maxLifetimeDays > MAX_DAYS) {
      throw new IllegalArgumentException("envelopes live from 1 to " + MAX_DAYS + " days");
    }
  }

  /** How long an envelope of this role may live. */
  public Duration maxLifetime() {
    return Duration.ofDays(maxLifetimeDays);
  }

  static EnvelopeRole read(Members json) {
    return new EnvelopeRole(
        json.nonEmptyText("name"),
        json.texts("clusters", Limits.ROLE_CLUSTERS),
        KeyRole.read(json),
        (int) json.integer("maxLifetimeDays", 1, MAX_DAYS));
  }
}
