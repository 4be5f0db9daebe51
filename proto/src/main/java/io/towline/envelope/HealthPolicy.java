package io.towline.envelope;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How long a bundle may take to become healthy.
 *
 * @param timeout in whole seconds, from one second to seven days
 */
public record HealthPolicy(Duration timeout) {
  static final long MIN_SECONDS = 1;
  static final long MAX_SECONDS = 7 * 24 * 60 * 60;

  public HealthPolicy {
    if (!timeout.equals(timeout.truncatedTo(ChronoUnit.SECONDS))
        || timeout.toSeconds() < MIN_SECONDS
        || timeout.toSeconds() > MAX_SECONDS) {
      throw new IllegalArgumentException("a health timeout is from one second to seven days");
    }
  }
}
