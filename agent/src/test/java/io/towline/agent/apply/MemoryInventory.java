package io.towline.agent.apply;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps the inventory in memory, as a disk would: it survives the agent, and can break. */
public final class MemoryInventory implements InventoryStore {
  /** The machine went down here. */
  public static final class Crash extends IOException {
    Crash() {
      super("the machine went down");
    }
  }

  private final Map<ObjectIdentity, InventoryEntry> entries = new HashMap<>();
  private final Map<String, Digest> manifests = new HashMap<>();
  private int writes;
  private int crashAt = Integer.MAX_VALUE;
  private boolean keptBeforeCrash;

  /**
   * From that write on every write fails.
   *
   * @param kept whether the write at which it happens still reaches the disk
   */
  public synchronized void crashAt(int write, boolean kept) {
    writes = 0;
    crashAt = write;
    keptBeforeCrash = kept;
  }

  /** Works again. */
  public synchronized void repair() {
    crashAt = Integer.MAX_VALUE;
  }

  /** Whether the write at which it breaks was reached. */
  public synchronized boolean hasCrashed() {
    return writes >= crashAt;
  }

  @Override
  public synchronized Kept load() {
    return new Kept(List.copyOf(entries.values()), manifests);
  }

  @Override
  public synchronized void write(List<InventoryChange> changes) throws IOException {
    writes++;
    if (writes > crashAt || (writes == crashAt && !keptBeforeCrash)) {
      throw new Crash();
    }
    for (InventoryChange change : changes) {
      switch (change) {
        case InventoryChange.Put put -> entries.put(put.entry().ref().identity(), put.entry());
        case InventoryChange.Remove remove -> entries.remove(remove.identity());
        case InventoryChange.Whole whole -> manifests.put(whole.bundle(), whole.manifest());
        case InventoryChange.Forget forget -> manifests.remove(forget.bundle());
      }
    }
    if (writes == crashAt) {
      throw new Crash();
    }
  }
}
