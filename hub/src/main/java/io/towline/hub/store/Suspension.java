package io.towline.hub.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that is left alone for now.
 *
 * @param scope a bundle, a cluster or a target
 * @param by a person, as they call themselves; or the file in Git
 * @param reason for people
 * @param until from then on it holds no more; empty: until it is lifted
 */
public record Suspension(
    Origin origin,
    TargetQueries.Scope scope,
    String by,
    String reason,
    Instant since,
    Optional<Instant> until) {
  /** Characters of a reason at most. */
  public static final int MAX_REASON = 256;

  /** Characters of who says it at most. */
  public static final int MAX_BY = 256;

  public Suspension {
    if (scope.bundle().isEmpty() && scope.cluster().isEmpty()) {
      throw new IllegalArgumentException("a suspension is of a bundle, a cluster or both");
    }
    if (reason.isBlank() || reason.length() > MAX_REASON || by.length() > MAX_BY) {
      throw new IllegalArgumentException("a suspension has a reason of bounded length");
    }
  }

  /**
   * What Git says; when it began to is known once that is kept.
   *
   * @param file that says it; of a long name the end
   */
  public static Suspension ofGit(
      TargetQueries.Scope scope, String file, String reason, Optional<Instant> until) {
    return new Suspension(
        Origin.GIT,
        scope,
        file.substring(Math.max(0, file.length() - MAX_BY)),
        reason,
        Instant.EPOCH,
        until.map(end -> end.truncatedTo(ChronoUnit.SECONDS)));
  }

  Suspension begunAt(Instant time) {
    return new Suspension(origin, scope, by, reason, time.truncatedTo(ChronoUnit.SECONDS), until);
  }

  /** Who said it. */
  public enum Origin {
    PERSON,
    GIT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether it is of this target, among others or alone. */
  public boolean covers(String bundle, String cluster) {
    return scope.bundle().filter(name -> !name.equals(bundle)).isEmpty()
        && scope.cluster().filter(name -> !name.equals(cluster)).isEmpty();
  }

  /** Whether it holds at that time. */
  public boolean holdsAt(Instant time) {
    return until.filter(end -> !time.isBefore(end)).isEmpty();
  }

  /** What it is, who said so, until when and why, as one sentence. */
  public String sentence() {
    String what =
        scope.bundle().isEmpty()
            ? "The cluster is suspended"
            : scope.cluster().isEmpty() ? "The bundle is suspended" : "Suspended";
    return what
        + until.map(end -> " until " + end).orElse("")
        + (by.isEmpty() ? "" : " by " + by)
        + ": "
        + reason
        + (reason.endsWith(".") ? "" : ".");
  }
}
