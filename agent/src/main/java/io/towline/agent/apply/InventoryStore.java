package io.towline.agent.apply;

import io.towline.envelope.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Keeps the inventory over restarts. Nothing is pruned that it does not hold, and nothing is
 * applied before it knows.
 */
public interface InventoryStore {
  /**
   * What was kept.
   *
   * @param entries one per identity
   * @param manifests by bundle, the newest manifest that was applied whole
   */
  record Kept(List<InventoryEntry> entries, Map<String, Digest> manifests) {
    public Kept {
      entries = List.copyOf(entries);
      manifests = Map.copyOf(manifests);
    }
  }

  /** Reads everything; called once, at the start. */
  Kept load() throws IOException;

  /**
   * Makes the changes, in order, all or none; durable on return.
   *
   * @throws IOException if they are not: nothing is then applied on their strength
   */
  void write(List<InventoryChange> changes) throws IOException;
}
