package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;

/**
 * Is told what apply does, as it happens; the step that watches is behind it. Called from many
 * threads; must not block for long.
 */
public interface ApplyListener {
  /** This is from now on what the cluster shall be. Comes before everything else of that state. */
  void desired(DesiredState state);

  /**
   * An object is about to be applied: until the answer its live state may be the old or the new
   * one, and neither is drift.
   *
   * @return whether somebody is known to have changed it in a way that would be corrected: what
   *     they took is then taken back with this apply
   */
  boolean applying(ObjectIdentity identity);

  /** The API server answered an apply. */
  void applied(InventoryEntry entry, KubeApi.Applied live);

  /**
   * An object is not written, because its policy leaves what exists as it is.
   *
   * @param ours whether Towline made it once
   */
  void left(ManifestEntry entry, boolean ours);

  /** The API server refused an apply, or it was given up. */
  void refused(ObjectIdentity identity);

  /** A pass is through with a bundle. */
  void bundle(AppliedBundle result);

  /** A deletion of the statement was finished, waits or failed. */
  void deletion(DeletionOutcome outcome, long sequence);
}
