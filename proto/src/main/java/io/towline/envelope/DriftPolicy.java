package io.towline.envelope;

import java.util.Locale;

/**
 * What the agent does when a live object differs from what was applied.
 *
 * @param mode correct it, or report it
 */
public record DriftPolicy(Mode mode) {
  /** Whether a divergence is corrected. */
  public enum Mode {
    /** Bring the object back, and report what was done. */
    CORRECT,
    /** Report it. */
    WARN;

    /** As it is written in documents. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
