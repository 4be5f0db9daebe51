package io.towline.agent.stream;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Who brings envelopes, and what is needed to judge them: the hub, or a folder that people fill.
 * Nothing that it gives is believed: whatever comes is verified alike, and the higher sequence
 * wins.
 */
public interface Deliverer {
  /** How a fetch ended. */
  enum Outcome {
    /** Every wanted body is in the sink. */
    COMPLETE,
    /** A newer envelope waits; what came so far stays in the sink. */
    SUPERSEDED
  }

  /** The newest root version that it says it has; it may have more, and may have less. */
  long newestRoot();

  /**
   * The signed roots of versions above the given one that it has, oldest first.
   *
   * @throws HubException if the hub cannot be asked
   */
  List<byte[]> roots(long afterVersion) throws HubException;

  /**
   * Brings into the sink what it does not have.
   *
   * @param superseded asked before every chunk or body
   * @throws HubException if the hub does not give what was asked
   * @throws io.towline.envelope.VerificationException if a body is not the one that was signed, or
   *     is not in the folder
   */
  Outcome fetch(List<Wanted> wanted, BodySink sink, BooleanSupplier superseded)
      throws HubException, InterruptedException;
}
