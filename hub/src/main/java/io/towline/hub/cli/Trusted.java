package io.towline.hub.cli;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.util.List;
import picocli.CommandLine.Option;

/** From the root that a person trusts to the newest that was given. */
final class Trusted {
  @Option(
      names = "--root-sha256",
      paramLabel = "HEX",
      description = "The digest of root 1 that is trusted; without it the root given is believed.")
  private String pin = "";

  /**
   * Follows the roots, oldest first. Without a digest of the first that one is believed as given,
   * and that is said.
   *
   * @throws VerificationException if they do not follow from each other
   */
  TrustedRoot root(List<byte[]> roots, Terminal terminal) {
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
