package io.towline.envelope;

import java.util.Optional;

/** Where a verifier takes bodies from. Nothing that it gives is believed. */
@FunctionalInterface
public interface BodySource {
  /**
   * The bytes kept under a digest, empty if there are none.
   *
   * @param digest what they should hash to
   * @param size how many there should be; reading more than one byte beyond it is needless
   */
  Optional<byte[]> body(Digest digest, long size);
}
