package io.towline.envelope;

import java.util.Locale;

/** What a statement is for, so that the unusual is said and not only done. */
public enum Intent {
  /** The newest state of the sources. */
  APPLY,
  /** An older state, brought back on purpose under a new sequence. */
  ROLLBACK,
  /** No bundle shall run here. A statement without bundles is refused unless it says so. */
  CLEAR;

  /** As it is written in statements. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Intent read(Members json) {
    return switch (json.text("kind")) {
      case "apply" -> APPLY;
      case "rollback" -> ROLLBACK;
      case "clear" -> CLEAR;
      default -> throw json.refuse("kind", "is none of apply, rollback, clear");
    };
  }
}
