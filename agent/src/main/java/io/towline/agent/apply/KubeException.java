package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What the API server answered instead of success, taken apart: decisions are made by code, reason
 * and causes, never by the text.
 */
public final class KubeException extends Exception {
  /** The API server could not be reached, or did not answer in time. */
  public static final int UNREACHABLE = 0;

  private static final String FIELD_CONFLICT = "FieldManagerConflict";
  private static final int MAX_MESSAGE = 1024;
  private static final int MAX_CAUSES = 50;
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofSeconds(60);

  /**
   * One of {@code details.causes}.
   *
   * @param reason for example {@code FieldManagerConflict}; empty if not given
   * @param field for example {@code .spec.replicas}; empty if not given
   */
  public record Cause(String reason, String field, String message) {}

  private final int code;
  private final String statusReason;
  private final String detailsKind;
  private final List<Cause> causes;
  private final Optional<Duration> retryAfter;

  private KubeException(
      String message,
      int code,
      String statusReason,
      String detailsKind,
      List<Cause> causes,
      Optional<Duration> retryAfter,
      Optional<Throwable> cause) {
    super(message, cause.orElse(null));
    this.code = code;
    this.statusReason = Objects.requireNonNull(statusReason);
    this.detailsKind = Objects.requireNonNull(detailsKind);
    this.causes = List.copyOf(causes);
    this.retryAfter = retryAfter;
  }

  /** The API server did not answer. */
  static KubeException unreachable(String what, Throwable cause) {
    return new KubeException(
        "the API server does not answer: " + what,
        UNREACHABLE,
        "",
        "",
        List.of(),
        Optional.empty(),
        Optional.of(cause));
  }

  /** The API server answered something that is not what was asked for. */
  static KubeException malformed(String what) {
    return new KubeException(
        what, 200, "Malformed", "", List.of(), Optional.empty(), Optional.empty());
  }

  /**
   * An error answer.
   *
   * @param status the body, ideally a Kubernetes {@code Status}
   * @param retryAfterHeader the header of that name, in seconds; empty if there is none
   */
  static KubeException ofStatus(int code, JsonNode status, Optional<String> retryAfterHeader) {
    JsonNode details = status.path("details");
    List<Cause> causes = new ArrayList<>();
    for (JsonNode cause : details.path("causes")) {
      if (causes.size() < MAX_CAUSES) {
        causes.add(
            new Cause(
                cause.path("reason").asText(""),
                cause.path("field").asText(""),
                shorten(cause.path("message").asText(""))));
      }
    }
    String message = status.path("message").asText("");
    return new KubeException(
        message.isEmpty() ? "HTTP " + code : shorten(message),
        code,
        status.path("reason").asText(""),
        details.path("kind").asText(""),
        causes,
        retryAfter(retryAfterHeader, details.path("retryAfterSeconds").asLong(0)),
        Optional.empty());
  }

  private static Optional<Duration> retryAfter(Optional<String> header, long fromDetails) {
    long seconds = fromDetails;
    if (header.isPresent()) {
      try {
        seconds = Math.max(seconds, Long.parseLong(header.get().trim()));
      } catch (NumberFormatException httpDate) {
        seconds = Math.max(seconds, 1);
      }
    }
    if (seconds <= 0) {
      return Optional.empty();
    }
    Duration asked = Duration.ofSeconds(seconds);
    return Optional.of(asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked);
  }

  private static String shorten(String text) {
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE) + "…";
  }

  /** The HTTP code, or {@link #UNREACHABLE}. */
  public int code() {
    return code;
  }

  /** {@code reason} of the Status, for example {@code Invalid}; empty if the server gave none. */
  public String statusReason() {
    return statusReason;
  }

  /** {@code details.kind} of the Status, for example {@code namespaces}; empty if not given. */
  public String detailsKind() {
    return detailsKind;
  }

  public List<Cause> causes() {
    return causes;
  }

  /** How long the server asked to be left alone, at most a minute. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }

  public boolean notFound() {
    return code == 404;
  }

  /** A resource version that the server no longer has: list again. */
  public boolean gone() {
    return code == 410 || statusReason.equals("Expired") || statusReason.equals("Gone");
  }

  /** The fields that another manager owns, of an apply that leaves them to it; else empty. */
  List<String> contestedFields() {
    return code != 409
        ? List.of()
        : causes.stream()
            .filter(cause -> cause.reason().equals(FIELD_CONFLICT))
            .map(Cause::field)
            .distinct()
            .toList();
  }

  /**
   * Whether the very same request may well succeed a little later: the server was not there, was
   * overloaded, or lost a race of its own.
   */
  public boolean passing() {
    return code == UNREACHABLE
        || code == 429
        || code == 502
        || code == 503
        || code == 504
        || (code == 500 && !statusReason.isEmpty())
        || (code == 409 && contestedFields().isEmpty());
  }
}
