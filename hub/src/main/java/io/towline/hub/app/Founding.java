package io.towline.hub.app;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.Fleet.Root;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/** Makes the fleet at the first start, and finds the root that is trusted now at every other. */
final class Founding {
  private Founding() {}

  /**
   * The newest root of the fleet; the fleet is founded if there is none.
   *
   * @throws IllegalStateException if the database holds a fleet without its first root
   */
  static TrustedRoot newestRoot(Fleet fleet, HubKeys keys, InstantSource clock) {
    if (fleet.identity().isEmpty()) {
      UUID id = UUID.randomUUID();
      TrustedRoot first = keys.firstRoot(id, clock.instant());
      fleet.found(new Fleet.Identity(id, first.document().epoch()), new Root(1, first.dsse()));
      return first;
    }
    List<Root> roots = fleet.rootsAfter(0);
    if (roots.isEmpty() || roots.getFirst().version() != 1) {
      throw new IllegalStateException("The database holds a fleet without its first root");
    }
    byte[] first = roots.getFirst().dsse();
    Digest digest = Dsse.parse(first).digest();
    TrustedRoot trusted = RootChain.pinned(first, digest);
    return RootChain.follow(trusted, roots.stream().skip(1).map(Root::dsse).toList()).stream()
        .reduce(trusted, (before, next) -> next);
  }
}
