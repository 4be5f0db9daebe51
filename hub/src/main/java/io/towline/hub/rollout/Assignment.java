package io.towline.hub.rollout;

import java.util.List;
import java.util.Optional;

/**
 * What one target has, or shall have.
 *
 * @param matchedTarget the entry of {@code targets[]} that matched; empty once it left Git
 * @param content empty if nothing could be rendered yet, or if it is being removed
 * @param hold why it is not what Git says
 * @param removing it left Git, and its cluster has to let go of it
 */
public record Assignment(
    String bundle,
    String matchedTarget,
    List<String> matchedOverrides,
    Optional<Content> content,
    Optional<Hold> hold,
    boolean removing) {
  public Assignment {
    matchedOverrides = List.copyOf(matchedOverrides);
    if (removing && content.isPresent()) {
      throw new IllegalArgumentException("what is being removed has no content");
    }
  }

  /** A target that left Git. */
  public static Assignment removing(String bundle) {
    return new Assignment(bundle, "", List.of(), Optional.empty(), Optional.empty(), true);
  }

  /** The same target with other content and a reason for it. */
  Assignment held(Optional<Content> other, Hold why) {
    return new Assignment(bundle, matchedTarget, matchedOverrides, other, Optional.of(why), false);
  }
}
