package io.towline.envelope;

import java.time.Instant;
import java.util.Optional;

/**
 * What an agent never goes below again.
 *
 * @param epoch of the last accepted envelope, 0 if there was none
 * @param sequence of the last accepted envelope, 0 if there was none
 * @param payload digest of the last accepted envelope's payload
 * @param time the clock is taken to be at least this
 */
public record Floor(long epoch, long sequence, Optional<Digest> payload, Instant time) {
  public Floor {
    if (epoch < 0 || sequence < 0) {
      throw new IllegalArgumentException("a floor is not negative");
    }
  }

  /** Before the first envelope. */
  public static Floor none() {
    return new Floor(0, 0, Optional.empty(), Instant.EPOCH);
  }
}
