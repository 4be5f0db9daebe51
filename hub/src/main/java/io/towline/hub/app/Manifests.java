package io.towline.hub.app;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.StoreException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Parsed manifests by digest, the ones used last: every cluster shares them. Thread-safe. */
final class Manifests {
  /** Objects over all manifests that are kept: a few hundred bytes each. */
  static final int MAX_OBJECTS = 200_000;

  private final BodyStore bodies;
  private final Map<Digest, Sized> kept = new LinkedHashMap<>(64, 0.75f, true);
  private long objects;

  Manifests(BodyStore bodies) {
    this.bodies = bodies;
  }

  /** A manifest and the bytes of its canonical form. */
  record Sized(BundleManifest manifest, long size) {}

  /**
   * The manifest of that digest.
   *
   * @throws StoreException if it is not in the store or damaged there
   */
  synchronized Sized get(Digest digest) {
    return find(digest)
        .orElseThrow(() -> new StoreException("A manifest is missing in the database", null));
  }

  /** The manifest of that digest; empty if it is not in the store. */
  synchronized Optional<Sized> find(Digest digest) {
    Sized known = kept.get(digest);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<Sized> stored = bodies.manifest(digest).map(m -> new Sized(m, m.bytes().length));
    stored.ifPresent(sized -> keep(digest, sized));
    return stored;
  }

  private void keep(Digest digest, Sized sized) {
    kept.put(digest, sized);
    objects += sized.manifest().objects().size();
    var eldest = kept.entrySet().iterator();
    while (objects > MAX_OBJECTS && kept.size() > 1) {
      objects -= eldest.next().getValue().manifest().objects().size();
      eldest.remove();
    }
  }
}
