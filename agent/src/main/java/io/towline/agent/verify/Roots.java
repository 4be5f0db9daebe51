package io.towline.agent.verify;

import io.towline.agent.stream.Deliverer;
import io.towline.agent.stream.HubException;
import io.towline.envelope.Limits;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.util.List;

/**
 * Brings the newest root: asks a deliverer for those after the one that is believed, and follows
 * them one by one, each kept before the next is looked at. The very first has to be the one that
 * the join token pins.
 */
final class Roots {
  private final TrustStore trust;

  Roots(TrustStore trust) {
    this.trust = trust;
  }

  /**
   * The newest root that the deliverer has and that follows from what is believed.
   *
   * @param offered the newest version that it is asked for
   * @throws VerificationException {@code RootInvalid}; what was believed before is then still
   *     believed
   */
  TrustedRoot upTo(Deliverer from, long offered) throws HubException {
    TrustedRoot newest = trust.root().orElse(null);
    int steps = 0;
    while (newest == null || newest.document().version() < offered) {
      List<byte[]> roots = from.roots(newest == null ? 0 : newest.document().version());
      if (roots.isEmpty()) {
        break;
      }
      for (byte[] dsse : roots) {
        steps++;
        if (steps > Limits.ROOT_STEPS) {
          throw new VerificationException(
              Reason.ROOT_INVALID, "more than " + Limits.ROOT_STEPS + " roots in one go");
        }
        newest =
            newest == null
                ? RootChain.pinned(dsse, trust.firstRoot())
                : RootChain.next(newest, dsse);
        keep(newest);
      }
    }
    if (newest == null || newest.document().version() < trust.rootVersion()) {
      throw new VerificationException(
          Reason.ROOT_INVALID,
          "the roots up to the one that is believed did not come with the envelope");
    }
    return newest;
  }

  /** On the way from the first root back to the newest one nothing new is believed. */
  private void keep(TrustedRoot root) {
    if (root.document().version() >= trust.rootVersion()) {
      trust.believe(root);
    }
  }
}
