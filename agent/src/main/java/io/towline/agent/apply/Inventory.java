package io.towline.agent.apply;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What Towline applied to this cluster. The store is written first: what is remembered here is
 * durable. Safe for many threads.
 */
public final class Inventory {
  private final InventoryStore store;
  private final Map<ObjectIdentity, InventoryEntry> entries = new HashMap<>();
  private final Map<String, Digest> manifests = new HashMap<>();

  private Inventory(InventoryStore store) {
    this.store = store;
  }

  /** Reads what was kept. */
  public static Inventory open(InventoryStore store) throws IOException {
    Inventory inventory = new Inventory(store);
    InventoryStore.Kept kept = store.load();
    kept.entries().forEach(entry -> inventory.entries.put(entry.ref().identity(), entry));
    inventory.manifests.putAll(kept.manifests());
    return inventory;
  }

  /** Makes the changes durable, then known. */
  synchronized void write(List<InventoryChange> changes) throws IOException {
    if (changes.isEmpty()) {
      return;
    }
    store.write(changes);
    for (InventoryChange change : changes) {
      switch (change) {
        case InventoryChange.Put put -> entries.put(put.entry().ref().identity(), put.entry());
        case InventoryChange.Remove remove -> entries.remove(remove.identity());
        case InventoryChange.Whole whole -> manifests.put(whole.bundle(), whole.manifest());
        case InventoryChange.Forget forget -> manifests.remove(forget.bundle());
      }
    }
  }

  /**
   * Remembers the UID that an object has now: it was made anew by a correction, or adopted.
   *
   * @throws IOException if it cannot be kept; the object then counts as foreign when it is pruned
   */
  public void confirm(InventoryEntry entry) throws IOException {
    write(List.of(new InventoryChange.Put(entry)));
  }

  public synchronized Optional<InventoryEntry> find(ObjectIdentity identity) {
    return Optional.ofNullable(entries.get(identity));
  }

  /** The newest manifest of a bundle that was applied whole. */
  public synchronized Optional<Digest> appliedManifest(String bundle) {
    return Optional.ofNullable(manifests.get(bundle));
  }

  /** The bundles of which a manifest was applied whole. */
  public synchronized List<String> bundles() {
    return List.copyOf(manifests.keySet());
  }

  public synchronized int size() {
    return entries.size();
  }

  /** Every entry, in no order; the inventory must not be changed from within. */
  public synchronized void forEach(Consumer<InventoryEntry> consumer) {
    entries.values().forEach(consumer);
  }
}
