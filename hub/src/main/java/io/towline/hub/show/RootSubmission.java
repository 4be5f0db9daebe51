package io.towline.hub.show;

import io.towline.envelope.RootDocument;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;

/** Who knows the newest root and takes the next one. Owned by this step; {@code app} joins it. */
public interface RootSubmission {
  /** The newest root. */
  RootDocument root();

  /**
   * Takes the next root; repeating it changes nothing.
   *
   * @return the newest root now
   * @throws VerificationException {@code RootInvalid} if it does not follow from the newest one;
   *     {@code RootExpired} if its time has passed
   */
  TrustedRoot submit(byte[] dsse);
}
