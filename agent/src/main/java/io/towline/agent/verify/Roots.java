package io.towline.agent.verify;

import io.towline.agent.stream.HubCalls;
import io.towline.agent.stream.HubException;
import io.towline.agent.v1.Root;
import io.towline.envelope.Limits;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.util.List;

/**
 * Brings the newest root: asks the hub for those after the one that is believed, and follows them
 * one by one, each kept before the next is looked at. The very first has to be the one that the
 * join token pins.
 */
final class Roots {
  private final HubCalls calls;
  private final TrustStore trust;

  Roots(HubCalls calls, TrustStore trust) {
    this.calls = calls;
    this.trust = trust;
  }

  /**
   * The newest root that the hub has and that follows from what is believed.
   *
   * @param offered the newest version that the hub says it has
   * @throws VerificationException {@code RootInvalid}; what was believed before is then still
   *     believed
   */
  TrustedRoot upTo(long offered) throws HubException {
    TrustedRoot newest = trust.root().orElse(null);
    int steps = 0;
    while (newest == null || newest.document().version() < offered) {
      List<Root> roots = calls.roots(newest == null ? 0 : newest.document().version());
      if (roots.isEmpty()) {
        break;
      }
      for (Root root : roots) {
        steps++;
        if (steps > Limits.ROOT_STEPS) {
          throw new VerificationException(
              Reason.ROOT_INVALID, "more than " + Limits.ROOT_STEPS + " roots in one go");
        }
        byte[] dsse = root.getDsse().toByteArray();
        newest =
            newest == null
                ? RootChain.pinned(dsse, trust.firstRoot())
                : RootChain.next(newest, dsse);
        keep(newest);
      }
    }
    if (newest == null || newest.document().version() < trust.rootVersion()) {
      throw new VerificationException(
          Reason.ROOT_INVALID, "the hub does not have the roots that were accepted before");
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
