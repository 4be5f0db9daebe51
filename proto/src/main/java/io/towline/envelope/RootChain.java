package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;

/**
 * From one root to the next, as The Update Framework's client does it (TUF 1.0.34, section 5.3).
 * The caller keeps each root as it is accepted. Expiry is not looked at here: it counts for the
 * last root alone, and {@link EnvelopeVerifier} refuses by it.
 */
public final class RootChain {
  private RootChain() {}

  /**
   * The root whose payload has this digest: the first one, which the join token or the owner pins,
   * or one that was accepted before and whose digest was kept.
   *
   * @throws VerificationException {@code RootInvalid} if it is another, or not signed by its own
   *     root role
   */
  public static TrustedRoot pinned(byte[] dsse, Digest payload) {
    Dsse envelope = open(dsse);
    Digest found = envelope.digest();
    if (!found.equals(payload)) {
      throw refuse("the root is not the one that is pinned");
    }
    RootDocument document = RootDocument.parse(envelope.payload());
    requireSigned(envelope, document, "itself");
    return new TrustedRoot(document, dsse, found);
  }

  /**
   * The root after the one that is trusted: of the same fleet, exactly one version on, of the same
   * epoch or one more, signed by the threshold of the trusted root and by its own.
   *
   * @throws VerificationException {@code RootInvalid}
   */
  public static TrustedRoot next(TrustedRoot trusted, byte[] dsse) {
    Dsse envelope = open(dsse);
    RootDocument before = trusted.document();
    // Signed by the trusted root first: until then not one byte of the payload is looked at.
    requireSigned(envelope, before, "the root before it");
    RootDocument document = RootDocument.parse(envelope.payload());
    requireSigned(envelope, document, "itself");
    if (!document.fleet().equals(before.fleet())) {
      throw refuse("the root is of another fleet");
    }
    if (document.version() != before.version() + 1) {
      throw refuse(
          "root version " + document.version() + " does not follow version " + before.version());
    }
    long epochs = document.epoch() - before.epoch();
    if (epochs != 0 && epochs != 1) {
      throw refuse("root epoch " + document.epoch() + " does not follow " + before.epoch());
    }
    return new TrustedRoot(document, dsse, envelope.digest());
  }

  /**
   * Follows roots, oldest first.
   *
   * @return the accepted ones in order; empty if none were given
   * @throws VerificationException {@code RootInvalid} at the first that does not follow; {@code
   *     LimitExceeded} for more than {@link Limits#ROOT_STEPS}
   */
  public static List<TrustedRoot> follow(TrustedRoot trusted, List<byte[]> dsses) {
    if (dsses.size() > Limits.ROOT_STEPS) {
      throw new VerificationException(
          Reason.LIMIT_EXCEEDED, "more than " + Limits.ROOT_STEPS + " roots at once");
    }
    List<TrustedRoot> accepted = new ArrayList<>();
    TrustedRoot last = trusted;
    for (byte[] dsse : dsses) {
      last = next(last, dsse);
      accepted.add(last);
    }
    return accepted;
  }

  private static Dsse open(byte[] dsse) {
    Dsse envelope = Dsse.parse(dsse, Limits.ROOT_BYTES, Reason.ROOT_INVALID);
    if (!envelope.payloadType().equals(RootDocument.PAYLOAD_TYPE)) {
      throw refuse("the payload is not of the type of a root");
    }
    return envelope;
  }

  private static void requireSigned(Dsse envelope, RootDocument by, String whom) {
    int signed = Threshold.signers(envelope, by.keysOf(by.root())).size();
    if (signed < by.root().threshold()) {
      throw refuse(
          "the root has "
              + signed
              + " of the "
              + by.root().threshold()
              + " signatures that "
              + whom
              + " asks for");
    }
  }

  private static VerificationException refuse(String why) {
    return new VerificationException(Reason.ROOT_INVALID, why);
  }
}
