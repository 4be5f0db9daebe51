package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A bundle that this cluster leaves alone for now: the agent applies, corrects and deletes nothing
 * of it, and goes on watching and reporting it.
 *
 * @param bundle the bundle, which need not be in the statement any more: its deletions wait, too
 * @param why who suspended it, until when and for what reason, for people
 * @param until in whole seconds: from then on it is suspended no more, whether or not a newer
 *     statement says so; empty: until a newer statement does
 */
public record Suspension(String bundle, String why, Optional<Instant> until) {
  /** The member of the statement, which an agent must understand or refuse. */
  public static final String MEMBER = "suspended";

  public Suspension {
    BundleEntry.requireName(bundle);
    if (why.isEmpty() || why.length() > Limits.TEXT_CHARACTERS) {
      throw new IllegalArgumentException("a suspension has a reason of bounded length");
    }
    until = until.map(end -> end.truncatedTo(ChronoUnit.SECONDS));
  }

  /** Whether it holds at that time. */
  public boolean holdsAt(Instant time) {
    return until.filter(end -> !time.isBefore(end)).isEmpty();
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("bundle", bundle);
    until.ifPresent(end -> json.put("until", end.toString()));
    return json.put("why", why);
  }

  static Suspension read(Members json) {
    return new Suspension(
        json.text("bundle"),
        json.nonEmptyText("why"),
        json.has("until") ? Optional.of(json.time("until")) : Optional.empty());
  }
}
