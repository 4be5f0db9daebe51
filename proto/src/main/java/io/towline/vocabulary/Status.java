package io.towline.vocabulary;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What a target is, worst first. A group of targets shows its worst one, and the counts. */
public enum Status {
  /** Refused: signature, sequence, expiry or policy. */
  BLOCKED(9, "Blocked", "⛔", 'B'),
  /** Render, apply or prune failed. */
  FAILED(8, "Failed", "✖", 'F'),
  /** Applied, but not healthy in time. */
  DEGRADED(7, "Degraded", "▼", 'H'),
  /** What lives differs from what was applied. */
  DRIFTED(6, "Drifted", "≠", 'D'),
  /** The agent is offline; the last state is kept beside it. */
  UNKNOWN(5, "Unknown", "?", '?'),
  /** Being rendered, pulled or applied, or becoming healthy. */
  PROGRESSING(4, "Progressing", "◔", 'P'),
  /** Held by a dependency, a window or an approval; never an error. */
  WAITING(3, "Waiting", "⧖", 'W'),
  /** Held by a person, with a reason. */
  SUSPENDED(2, "Suspended", "‖", 'S'),
  /** Desired, applied, healthy, and seen recently. */
  READY(1, "Ready", "✔", 'R');

  private final int rank;
  private final String word;
  private final String glyph;
  private final char ascii;

  Status(int rank, String word, String glyph, char ascii) {
    this.rank = rank;
    this.word = word;
    this.glyph = glyph;
    this.ascii = ascii;
  }

  /** The word that people, APIs and metrics read, for example {@code Ready}. */
  public String word() {
    return word;
  }

  /** One character that stands for the status beside its word, never instead of it. */
  public String glyph() {
    return glyph;
  }

  /** The glyph for terminals without UTF-8. */
  public char ascii() {
    return ascii;
  }

  /** From 9, the worst, to 1, {@link #READY}. */
  public int rank() {
    return rank;
  }

  /** Whether a person should look at it: something failed, was refused or differs. */
  public boolean needsAttention() {
    return rank >= DRIFTED.rank;
  }

  /** The status of that word, whatever its case; empty if there is none. */
  public static Optional<Status> ofWord(String word) {
    for (Status status : values()) {
      if (status.word.equalsIgnoreCase(word)) {
        return Optional.of(status);
      }
    }
    return Optional.empty();
  }

  /** The worst of a group; empty for an empty group. */
  public static Optional<Status> worst(Collection<Status> group) {
    return group.stream().max(Comparator.comparingInt(Status::rank));
  }
}
