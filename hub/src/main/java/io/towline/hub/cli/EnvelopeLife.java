package io.towline.hub.cli;

import io.towline.envelope.Dsse;
import io.towline.envelope.Statement;
import io.towline.envelope.VerificationException;
import io.towline.fleet.v1.GetEnvelopeRequest;
import java.time.Duration;
import java.time.Instant;

/**
 * When an envelope was issued and when it ends, as it says itself; nothing of it is verified.
 *
 * @param rootVersion that it was signed under
 */
record EnvelopeLife(Instant issued, Instant ends, long rootVersion) {
  /** The hub signs anew at a half; less than a quarter means that it did not. */
  private static final int QUARTERS = 4;

  /** Of the newest one of a cluster that has one. */
  static EnvelopeLife of(Hub hub, String cluster) {
    byte[] dsse =
        hub.ask()
            .getEnvelope(GetEnvelopeRequest.newBuilder().setName("clusters/" + cluster).build())
            .getDsse()
            .toByteArray();
    try {
      Statement statement = Statement.parse(Dsse.parse(dsse).payload());
      return new EnvelopeLife(statement.issuedAt(), statement.expiresAt(), statement.rootVersion());
    } catch (VerificationException e) {
      throw CliException.notVerified("The hub's envelope for " + cluster + " cannot be read", e);
    }
  }

  boolean isNearItsEnd(Instant now) {
    return Duration.between(now, ends)
            .multipliedBy(QUARTERS)
            .compareTo(Duration.between(issued, ends))
        < 0;
  }
}
