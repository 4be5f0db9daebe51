package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * How far an object is for what comes after it. A Job counts as healthy while it runs, but what
 * comes after it has to wait until it is complete. Pure.
 */
final class WaveHealth {
  private WaveHealth() {}

  /**
   * The health that later waves wait for.
   *
   * @param health as the rules of its bundle and kind have it
   */
  static Health of(JsonNode live, Health health) {
    boolean runs =
        health.isCurrent()
            && live.path("kind").asText("").equals("Job")
            && live.path("apiVersion").asText("").startsWith("batch/")
            && !HealthRules.isTrue(live.path("status"), "Complete");
    return runs ? Health.inProgress("the job has not finished") : health;
  }
}
