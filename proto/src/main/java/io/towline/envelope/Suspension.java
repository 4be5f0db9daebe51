package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * A bundle that this cluster leaves alone for now. The agent goes on watching and reporting it.
 *
 * @param bundle the bundle, which need not be in the statement any more: its deletions wait, too
 * @param extent how far it is left alone
 * @param why who suspended it, until when and for what reason, for people
 * @param until in whole seconds: from then on it is suspended no more, whether or not a newer
 *     statement says so; empty: until a newer statement does
 */
public record Suspension(String bundle, Extent extent, String why, Optional<Instant> until) {
  /** The member of the statement, which an agent must understand or refuse. */
  public static final String MEMBER = "suspended";

  /** How far a bundle is left alone. */
  public enum Extent {
    /** Nothing of it is applied, corrected or deleted. */
    EVERYTHING,
    /** What is new is applied and deleted; what diverges is not brought back. */
    CORRECTIONS;

    /** As it is written in documents. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Suspension {
    BundleEntry.requireName(bundle);
    if (why.isEmpty() || why.length() > Limits.TEXT_CHARACTERS) {
      throw new IllegalArgumentException("a suspension has a reason of bounded length");
    }
    until = until.map(end -> end.truncatedTo(ChronoUnit.SECONDS));
  }

  /** A bundle that is left alone altogether. */
  public Suspension(String bundle, String why, Optional<Instant> until) {
    this(bundle, Extent.EVERYTHING, why, until);
  }

  /** Whether it holds at that time. */
  public boolean holdsAt(Instant time) {
    return until.filter(end -> !time.isBefore(end)).isEmpty();
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("bundle", bundle);
    json.put("extent", extent.word());
    until.ifPresent(end -> json.put("until", end.toString()));
    return json.put("why", why);
  }

  static Suspension read(Members json) {
    return new Suspension(
        json.text("bundle"),
        switch (json.text("extent")) {
          case "everything" -> Extent.EVERYTHING;
          case "corrections" -> Extent.CORRECTIONS;
          default -> throw json.refuse("extent", "is neither everything nor corrections");
        },
        json.nonEmptyText("why"),
        json.has("until") ? Optional.of(json.time("until")) : Optional.empty());
  }
}
