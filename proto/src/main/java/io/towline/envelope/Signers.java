package io.towline.envelope;

import java.util.Set;
import java.util.UUID;

/**
 * Which keys of a role signed an envelope: distinct keys whose signatures are good, and nothing
 * else.
 *
 * @param role whose keys count
 * @param keyIds ids of those that signed
 */
public record Signers(KeyRole role, Set<String> keyIds) {
  public Signers {
    keyIds = Set.copyOf(keyIds);
  }

  /** Those of a role of this root. */
  public static Signers of(Dsse envelope, RootDocument root, KeyRole role) {
    return new Signers(role, Threshold.signers(envelope, root.keysOf(role)));
  }

  /**
   * Those that the root trusts for a cluster's envelopes; none of none if no role covers it.
   *
   * @return never {@link #enough()} if no role covers the cluster
   */
  public static Signers of(Dsse envelope, RootDocument root, UUID cluster) {
    return root.roleFor(cluster)
        .map(role -> of(envelope, root, role.keys()))
        .orElseGet(() -> new Signers(new KeyRole(root.root().keyIds(), 1), Set.of()));
  }

  /** Whether the threshold is met. */
  public boolean enough() {
    return missing() == 0;
  }

  /** How many more keys have to sign. */
  public int missing() {
    return Math.max(0, role.threshold() - keyIds.size());
  }
}
