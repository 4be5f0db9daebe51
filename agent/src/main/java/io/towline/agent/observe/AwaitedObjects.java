package io.towline.agent.observe;

import io.towline.envelope.ObjectIdentity;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * What bundles wait for before their next wave. Rings once when all that a bundle waits for is
 * ready. Safe for many threads; the caller holds no object's monitor.
 */
final class AwaitedObjects {
  private final Map<String, Set<ObjectIdentity>> byBundle = new ConcurrentHashMap<>();
  private final Predicate<ObjectIdentity> ready;
  private final Runnable ring;

  AwaitedObjects(Predicate<ObjectIdentity> ready, Runnable ring) {
    this.ready = ready;
    this.ring = ring;
  }

  /** A bundle waits for these from now on; for nothing if there are none. */
  void await(String bundle, Set<ObjectIdentity> objects) {
    if (objects.isEmpty()) {
      byBundle.remove(bundle);
    } else {
      byBundle.put(bundle, objects);
      // It may have become ready before it was asked for.
      changed(bundle);
    }
  }

  /** Something of that bundle may be ready now. */
  void changed(String bundle) {
    Optional.ofNullable(byBundle.get(bundle))
        .filter(objects -> objects.stream().allMatch(ready))
        .filter(objects -> byBundle.remove(bundle, objects))
        .ifPresent(objects -> ring.run());
  }
}
