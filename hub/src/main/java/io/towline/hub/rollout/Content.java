package io.towline.hub.rollout;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.SourceInfo;

/**
 * What one target can have: a rendered bundle and where it came from.
 *
 * @param entry as the statement names it
 * @param manifest whose digest the entry carries
 */
public record Content(BundleEntry entry, BundleManifest manifest) {
  /**
   * Whether it says the same as another one. The commit does not count: a commit that leaves the
   * objects of a bundle alone shall not make every cluster pull a new envelope. Neither do the
   * tools that rendered equal bytes. Whether the commit was signed does: once a source asks for
   * signatures, every cluster shall see whose it was.
   */
  public boolean sameAs(Content other) {
    SourceInfo here = entry.source();
    SourceInfo there = other.entry.source();
    return entry.manifest().equals(other.entry.manifest())
        && here.name().equals(there.name())
        && here.repo().equals(there.repo())
        && here.ref().equals(there.ref())
        && here.path().equals(there.path())
        && here.signer().isEmpty() == there.signer().isEmpty();
  }
}
