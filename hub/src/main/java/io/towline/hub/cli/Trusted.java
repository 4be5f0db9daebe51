package io.towline.hub.cli;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.util.List;

/** From the root that a person trusts to the newest that was given. */
final class Trusted {
  private Trusted() {}

  /**
   * Follows the roots, oldest first.
   *
   * @param pin digest of the payload of the first; empty: it is believed as given, and said so
   * @throws VerificationException if they do not follow from each other
   */
  static TrustedRoot root(List<byte[]> roots, String pin, Terminal terminal) {
    if (roots.isEmpty()) {
      throw new VerificationException(Reason.ROOT_INVALID, "no root document was given");
    }
    Digest trusted;
    if (pin.isEmpty()) {
      terminal.say("The root is believed as given: compare its digest, or pass --root-sha256.");
      trusted = Dsse.parse(roots.getFirst()).digest();
    } else {
      trusted = Digest.parse(pin);
    }
    TrustedRoot root = RootChain.pinned(roots.getFirst(), trusted);
    List<TrustedRoot> later = RootChain.follow(root, roots.subList(1, roots.size()));
    return later.isEmpty() ? root : later.getLast();
  }
}
