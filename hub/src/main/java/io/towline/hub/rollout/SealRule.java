package io.towline.hub.rollout;

import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.hub.rollout.Wish.Offer;
import io.towline.vocabulary.Reason;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Keeps from a cluster what it could not open. Its agent would refuse the sealed object and say so;
 * said here, it is known before anything of the revision is delivered, and what the cluster has
 * stays whole. Pure.
 */
public final class SealRule {
  private SealRule() {}

  /**
   * Judges what one cluster is offered.
   *
   * @param own the recipients that the cluster's agent reported; empty: none yet, and nothing is
   *     held back
   * @param sealedFor the recipients that a sealed body names
   */
  public static Offer judge(
      Offer offer, List<String> own, Function<Digest, List<String>> sealedFor) {
    return switch (offer) {
      case Wish.Failed failed -> failed;
      case Wish.Rendered rendered -> {
        if (own.isEmpty()) {
          yield rendered;
        }
        for (ManifestEntry entry : rendered.content().manifest().objects()) {
          if (entry.sealed() && Collections.disjoint(own, sealedFor.apply(entry.digest()))) {
            yield new Wish.Failed(
                new Hold(
                    Reason.SEALED_FOR_OTHERS,
                    entry.ref()
                        + " is not sealed for this cluster; its recipient is "
                        + own.getFirst()
                        + "."));
          }
        }
        yield rendered;
      }
    };
  }
}
