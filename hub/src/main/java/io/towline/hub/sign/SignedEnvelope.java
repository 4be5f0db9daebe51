package io.towline.hub.sign;

import io.towline.envelope.Digest;
import io.towline.envelope.Statement;

/** A statement with the hub's signature, ready for its cluster. Immutable. */
public final class SignedEnvelope {
  private final Statement statement;
  private final byte[] dsse;
  private final Digest payload;

  SignedEnvelope(Statement statement, byte[] dsse, Digest payload) {
    this.statement = statement;
    this.dsse = dsse.clone();
    this.payload = payload;
  }

  /** What was signed. */
  public Statement statement() {
    return statement;
  }

  /** The DSSE envelope as JSON. */
  public byte[] dsse() {
    return dsse.clone();
  }

  /** The digest of the signed payload. */
  public Digest payload() {
    return payload;
  }
}
