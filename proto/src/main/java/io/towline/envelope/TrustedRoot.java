package io.towline.envelope;

/**
 * A root document that {@link RootChain} has found to follow from what was trusted before. Only it
 * makes one. Immutable.
 */
public final class TrustedRoot {
  private final RootDocument document;
  private final byte[] dsse;
  private final Digest payload;

  TrustedRoot(RootDocument document, byte[] dsse, Digest payload) {
    this.document = document;
    this.dsse = dsse.clone();
    this.payload = payload;
  }

  /** What it says. */
  public RootDocument document() {
    return document;
  }

  /** The envelope it came in, to be kept. */
  public byte[] dsse() {
    return dsse.clone();
  }

  /** The digest of its payload: what pins it, for {@link RootChain#pinned}. */
  public Digest payload() {
    return payload;
  }
}
