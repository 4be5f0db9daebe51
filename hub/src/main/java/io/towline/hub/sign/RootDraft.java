package io.towline.hub.sign;

import io.towline.envelope.Dsse;
import io.towline.envelope.Limits;
import io.towline.envelope.RootDocument;
import io.towline.envelope.Signers;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A root document with the signatures that it has so far, which may be none: what is carried from
 * one key holder to the next. It proves nothing; {@link io.towline.envelope.RootChain} decides.
 * Immutable.
 */
public final class RootDraft {
  private final Dsse dsse;
  private final RootDocument document;

  private RootDraft(Dsse dsse, RootDocument document) {
    this.dsse = dsse;
    this.document = document;
  }

  /** A document that nobody has signed. */
  public static RootDraft unsigned(RootDocument document) {
    return new RootDraft(
        new Dsse(RootDocument.PAYLOAD_TYPE, document.bytes(), List.of()), document);
  }

  /**
   * Reads a file.
   *
   * @throws VerificationException {@code RootInvalid} or {@code EnvelopeMalformed} if it is none
   */
  public static RootDraft read(byte[] bytes) {
    if (bytes.length > Limits.ROOT_BYTES) {
      throw new VerificationException(
          Reason.ROOT_INVALID, "a root is at most " + Limits.ROOT_BYTES + " bytes");
    }
    Dsse dsse = Dsse.parse(bytes);
    if (!dsse.payloadType().equals(RootDocument.PAYLOAD_TYPE)) {
      throw new VerificationException(
          Reason.ROOT_INVALID, "the payload is not of the type of a root");
    }
    return new RootDraft(dsse, RootDocument.parse(dsse.payload()));
  }

  /** What it says. */
  public RootDocument document() {
    return document;
  }

  /** The envelope. */
  public Dsse dsse() {
    return dsse;
  }

  /** The file: a DSSE envelope as JSON. */
  public byte[] bytes() {
    return dsse.write();
  }

  /** Those of its own root role that signed it. */
  public Signers byItself() {
    return Signers.of(dsse, document, document.root());
  }

  /** Those of the root before it that signed it. */
  public Signers by(RootDocument before) {
    return Signers.of(dsse, before, before.root());
  }

  /**
   * With one more signature.
   *
   * @param before the root before it; empty for version 1
   * @throws SignException if the key has no say in it, or has signed it already
   */
  public RootDraft signed(OfflineKey key, Optional<RootDocument> before) {
    String id = key.key().id();
    boolean asked =
        document.root().keyIds().contains(id)
            || before.filter(root -> root.root().keyIds().contains(id)).isPresent();
    if (!asked) {
      throw new SignException(
          Reason.SIGNATURE_INVALID,
          "key "
              + RootChanges.shortened(id)
              + " stands in the root role of neither this root nor the one before it");
    }
    if (byItself().keyIds().contains(id)
        || before.filter(root -> by(root).keyIds().contains(id)).isPresent()) {
      throw new SignException(
          Reason.SIGNATURE_INVALID, "key " + RootChanges.shortened(id) + " has signed it already");
    }
    List<Dsse.Signature> signatures = new ArrayList<>(dsse.signatures());
    signatures.add(key.sign(dsse));
    return new RootDraft(new Dsse(dsse.payloadType(), dsse.payload(), signatures), document);
  }
}
