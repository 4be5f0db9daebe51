package io.towline.hub.rollout;

import java.util.List;

/** What Git says of one bundle on one cluster, and whether it could be rendered. */
public record Wish(
    String bundle, String matchedTarget, List<String> matchedOverrides, Offer offer) {
  public Wish {
    matchedOverrides = List.copyOf(matchedOverrides);
  }

  /** What came of rendering it. */
  public sealed interface Offer {}

  /** It can be had. */
  public record Rendered(Content content) implements Offer {}

  /** It cannot. */
  public record Failed(Hold hold) implements Offer {}
}
