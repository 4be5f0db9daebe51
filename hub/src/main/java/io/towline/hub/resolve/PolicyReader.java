package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.DriftPolicy;
import io.towline.envelope.HealthPolicy;
import io.towline.envelope.Policy;
import io.towline.envelope.PrunePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the policy blocks of a checked declaration: what it does not say, the base says. */
final class PolicyReader {
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  private PolicyReader() {}

  /**
   * @param blocks the map that holds {@code apply}, {@code drift}, {@code health}, {@code prune}
   * @param pointer where that map stands
   */
  static Policy read(JsonNode blocks, String pointer, Policy base, Findings findings) {
    return new Policy(
        apply(blocks.path("apply"), base.apply()),
        base.dependsOn(),
        new DriftPolicy(
            Arrays.stream(DriftPolicy.Mode.values())
                .filter(value -> value.word().equals(text(blocks, "drift", "mode")))
                .findFirst()
                .orElse(base.drift().mode())),
        health(blocks, pointer, base, findings),
        new PrunePolicy(blocks.path("prune").path("enabled").asBoolean(base.prune().enabled())));
  }

  private static ApplyPolicy apply(JsonNode block, ApplyPolicy base) {
    List<String> managers = new ArrayList<>();
    block.path("takeBackFrom").forEach(manager -> managers.add(manager.asText()));
    return new ApplyPolicy(
        Arrays.stream(ApplyPolicy.Conflicts.values())
            .filter(value -> value.word().equals(block.path("conflicts").asText()))
            .findFirst()
            .orElse(base.conflicts()),
        block.path("serviceAccount").asText(base.serviceAccount()),
        block.path("recreateImmutable").asBoolean(base.recreateImmutable()),
        block.has("takeBackFrom") ? managers : base.takeBackFrom(),
        Arrays.stream(ApplyPolicy.Adoption.values())
            .filter(value -> value.word().equals(block.path("adopt").asText()))
            .findFirst()
            .orElse(base.adopt()),
        block.path("createNamespace").asBoolean(base.createNamespace()));
  }

  private static String text(JsonNode blocks, String block, String field) {
    return blocks.path(block).path(field).asText("");
  }

  private static HealthPolicy health(
      JsonNode blocks, String pointer, Policy base, Findings findings) {
    Optional<Duration> timeout = duration(text(blocks, "health", "timeout"));
    if (timeout.isEmpty()) {
      return base.health();
    }
    try {
      return new HealthPolicy(timeout.get());
    } catch (IllegalArgumentException e) {
      findings.value(
          pointer + "/health/timeout", "a health timeout is from 1s to 7d, in whole seconds");
      return base.health();
    }
  }

  /** A duration as the schema writes it; empty if it is none. */
  static Optional<Duration> duration(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int at = 0;
    while (at < text.length()) {
      if (!part.find(at) || part.start() != at) {
        return Optional.empty();
      }
      long count = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
              });
      at = part.end();
    }
    return text.isEmpty() ? Optional.empty() : Optional.of(sum);
  }
}
