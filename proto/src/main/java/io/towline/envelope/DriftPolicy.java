package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

  ObjectNode toJson() {
    return JsonNodeFactory.instance.objectNode().put("mode", mode.word());
  }

  static DriftPolicy read(Members json) {
    return new DriftPolicy(
        switch (json.text("mode")) {
          case "correct" -> Mode.CORRECT;
          case "warn" -> Mode.WARN;
          default -> throw json.refuse("mode", "is neither correct nor warn");
        });
  }
}
