package io.towline.hub.store;

import io.towline.envelope.Digest;

/** The short name that people read for what a bundle rendered to. */
public final class BundleRevision {
  /** Hex digits that are shown. */
  public static final int LENGTH = 12;

  private BundleRevision() {}

  /**
   * The first twelve hex digits of the manifest's digest. It names content, not a commit: a commit
   * that leaves the content alone leaves the revision alone.
   */
  public static String of(Digest manifest) {
    return manifest.hex().substring(0, LENGTH);
  }
}
