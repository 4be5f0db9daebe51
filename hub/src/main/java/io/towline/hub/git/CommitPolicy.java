package io.towline.hub.git;

import java.util.List;

/** Which commits of a source have to be signed, and by whom. Hub configuration, never Git. */
public sealed interface CommitPolicy {
  /** Signatures are not looked at. */
  record None() implements CommitPolicy {}

  /** What the followed branch, tag or commit names has to be signed: for a tag, the tag itself. */
  record Head(List<Signer> signers) implements CommitPolicy {
    public Head {
      signers = List.copyOf(signers);
    }
  }

  /**
   * As head, and every commit since the trusted one too, over all parents of merges.
   *
   * @param trustedCommit is not asked for a signature, and neither are its ancestors
   */
  record Strict(List<Signer> signers, String trustedCommit) implements CommitPolicy {
    public Strict {
      signers = List.copyOf(signers);
    }
  }

  /** As configuration and people spell it. */
  default String word() {
    return switch (this) {
      case None none -> "none";
      case Head head -> "head";
      case Strict strict -> "strict";
    };
  }
}
