package io.towline.hub.git;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Remembers whose signatures were found good when the hub first saw them, so that a key which
 * expires later does not undo history. Kept by a later step.
 */
public interface FirstSights {
  /**
   * One good signature.
   *
   * @param source whose signers it was judged by
   * @param object id of the signed commit or tag
   * @param signer whose key it was then
   */
  record Sight(String source, String object, CommitSigner signer, Instant at) {}

  /** The fingerprint of the key that signed it; empty if this was not seen before. */
  Optional<String> fingerprint(String source, String object);

  /** Adds what was seen. What is known already keeps its time. Idempotent. */
  void remember(List<Sight> sights);
}
