package io.towline.agent.apply;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;

/** One change of the inventory. */
public sealed interface InventoryChange {
  /** An entry is new, or replaces the one of the same identity. */
  record Put(InventoryEntry entry) implements InventoryChange {}

  /** An object is no longer Towline's: deleted, kept on purpose, or not found. */
  record Remove(ObjectIdentity identity) implements InventoryChange {}

  /** A bundle's manifest was applied whole. */
  record Whole(String bundle, Digest manifest) implements InventoryChange {}

  /** A bundle left the envelope: its manifest is forgotten. Its objects are not touched by this. */
  record Forget(String bundle) implements InventoryChange {}
}
