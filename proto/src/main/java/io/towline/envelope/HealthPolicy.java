package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How long a bundle may take to become healthy.
 *
 * @param timeout in whole seconds, from one second to seven days
 */
public record HealthPolicy(Duration timeout) {
  private static final long MIN_SECONDS = 1;
  private static final long MAX_SECONDS = 7 * 24 * 60 * 60;

  public HealthPolicy {
    if (!timeout.equals(timeout.truncatedTo(ChronoUnit.SECONDS))
        || timeout.toSeconds() < MIN_SECONDS
        || timeout.toSeconds() > MAX_SECONDS) {
      throw new IllegalArgumentException("a health timeout is from one second to seven days");
    }
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance.objectNode().put("timeoutSeconds", timeout.toSeconds());
  }

  static HealthPolicy read(Members json) {
    return new HealthPolicy(
        Duration.ofSeconds(json.integer("timeoutSeconds", MIN_SECONDS, MAX_SECONDS)));
  }
}
