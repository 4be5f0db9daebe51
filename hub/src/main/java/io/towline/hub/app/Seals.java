package io.towline.hub.app;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.SealedObject;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.SealRecipients;
import io.towline.hub.store.StoreException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Who can open what: what clusters say of themselves, and what sealed bodies name, those used last
 * in memory. Thread-safe.
 */
final class Seals {
  /** Sealed bodies whose recipients are kept: a few hundred bytes each. */
  private static final int MAX_BODIES = 10_000;

  private final SealRecipients clusters;
  private final BodyStore bodies;
  private final Map<Digest, List<String>> kept = new LinkedHashMap<>(64, 0.75f, true);

  Seals(SealRecipients clusters, BodyStore bodies) {
    this.clusters = clusters;
    this.bodies = bodies;
  }

  /** The recipients of every cluster whose agent named any. */
  Map<UUID, List<String>> clusters() {
    return clusters.all();
  }

  /**
   * The recipients that a sealed body names.
   *
   * @throws StoreException if it is not in the store
   */
  synchronized List<String> of(Digest body) {
    List<String> known = kept.get(body);
    if (known != null) {
      return known;
    }
    List<String> read =
        bodies
            .bytes(body)
            .map(bytes -> SealedObject.recipients(ObjectJson.read(bytes)))
            .orElseThrow(() -> new StoreException("A body is missing in the database", null));
    kept.put(body, read);
    var eldest = kept.keySet().iterator();
    while (kept.size() > MAX_BODIES) {
      eldest.next();
      eldest.remove();
    }
    return read;
  }
}
