package io.towline.hub.sign;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.Statement;

/**
 * A statement with the hub's part of the signatures: ready for its cluster, or waiting for others.
 * Immutable.
 */
public final class SignedEnvelope {
  private final Statement statement;
  private final byte[] dsse;
  private final Digest payload;
  private final int missing;

  SignedEnvelope(Statement statement, Dsse dsse, int missing) {
    this.statement = statement;
    this.dsse = dsse.write();
    this.payload = dsse.digest();
    this.missing = missing;
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

  /** How many signatures of others the root asks for before an agent takes it. */
  public int missing() {
    return missing;
  }
}
