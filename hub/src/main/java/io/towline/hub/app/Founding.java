package io.towline.hub.app;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.Limits;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.Fleet.Root;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Makes the fleet at the first start, and finds the root that is trusted now at every other. */
final class Founding {
  /**
   * A root that was made and signed elsewhere, below the data directory: where it lies at the first
   * start the fleet is founded with it, and the hub never sees a root key.
   */
  static final String FIRST_ROOT = "root/1.root.dsse.json";

  private final Fleet fleet;
  private final HubKeys keys;
  private final Path dataDirectory;
  private final InstantSource clock;

  Founding(Fleet fleet, HubKeys keys, Path dataDirectory, InstantSource clock) {
    this.fleet = fleet;
    this.keys = keys;
    this.dataDirectory = dataDirectory;
    this.clock = clock;
  }

  /**
   * The newest root of the fleet; the fleet is founded if there is none.
   *
   * @throws IllegalStateException if the database holds a fleet without its first root
   * @throws io.towline.envelope.VerificationException if the first root that was put there is none
   */
  TrustedRoot newestRoot() {
    if (fleet.identity().isEmpty()) {
      TrustedRoot first =
          given().orElseGet(() -> keys.firstRoot(UUID.randomUUID(), clock.instant()));
      fleet.found(
          new Fleet.Identity(first.document().fleet(), first.document().epoch()),
          new Root(1, first.dsse()));
      return first;
    }
    List<Root> roots = fleet.rootsAfter(0);
    if (roots.isEmpty() || roots.getFirst().version() != 1) {
      throw new IllegalStateException("The database holds a fleet without its first root");
    }
    byte[] first = roots.getFirst().dsse();
    Digest digest = Dsse.parse(first).digest();
    TrustedRoot trusted = RootChain.pinned(first, digest);
    while (!roots.isEmpty()) {
      long last = trusted.document().version();
      for (TrustedRoot next :
          RootChain.follow(
              trusted,
              roots.stream().filter(root -> root.version() > last).map(Root::dsse).toList())) {
        trusted = next;
      }
      roots = fleet.rootsAfter(trusted.document().version());
    }
    return trusted;
  }

  private Optional<TrustedRoot> given() {
    Path file = dataDirectory.resolve(FIRST_ROOT);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] dsse = in.readNBytes(Limits.ROOT_BYTES + 1);
      TrustedRoot root = RootChain.pinned(dsse, RootDraft.read(dsse).dsse().digest());
      if (root.document().version() != 1) {
        throw new IllegalStateException(file + " is not root version 1");
      }
      return Optional.of(root);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
