package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * What a declaration says of leaving its bundle or its cluster alone.
 *
 * @param reason for people
 * @param until from then on it says nothing; empty: while it stands in Git
 */
public record DeclaredSuspension(String reason, Optional<Instant> until) {
  /** Characters of a reason at most. */
  static final int MAX_REASON = 256;

  /** Reads {@code suspend}; empty if there is none, or if something is found against it. */
  static Optional<DeclaredSuspension> read(JsonNode root, Findings findings) {
    JsonNode suspend = root.path("suspend");
    String reason = suspend.path("reason").asText("").strip();
    if (reason.isEmpty()) {
      return Optional.empty();
    }
    if (reason.length() > MAX_REASON) {
      findings.value("/suspend/reason", "a reason has at most " + MAX_REASON + " characters");
      return Optional.empty();
    }
    if (!suspend.has("until")) {
      return Optional.of(new DeclaredSuspension(reason, Optional.empty()));
    }
    try {
      return Optional.of(
          new DeclaredSuspension(
              reason,
              Optional.of(OffsetDateTime.parse(suspend.path("until").asText()).toInstant())));
    } catch (DateTimeException e) {
      findings.value(
          "/suspend/until", "an end is a time with its offset, as 2026-11-24T17:00:00+01:00");
      return Optional.empty();
    }
  }
}
