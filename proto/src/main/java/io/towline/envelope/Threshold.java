package io.towline.envelope;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Counts the keys that signed, not the signatures and not the key ids (DSSE 1.0.2, protocol). */
final class Threshold {
  private Threshold() {}

  /**
   * The ids of the keys among these that signed the envelope. Foreign, malformed and repeated
   * signatures are passed over; a key id is a hint at which key to try first and no more. At most
   * signatures times keys checks.
   */
  static Set<String> signers(Dsse dsse, Collection<SigningKey> keys) {
    byte[] message = dsse.pae();
    Set<String> signers = new HashSet<>();
    for (Dsse.Signature signature : dsse.signatures()) {
      Optional<byte[]> bytes = signature.bytes();
      if (bytes.isEmpty()) {
        continue;
      }
      for (SigningKey key : hintedFirst(keys, signature.keyId())) {
        if (!signers.contains(key.id()) && key.verifies(message, bytes.get())) {
          signers.add(key.id());
          break;
        }
      }
    }
    return signers;
  }

  private static List<SigningKey> hintedFirst(Collection<SigningKey> keys, String keyId) {
    List<SigningKey> ordered = new ArrayList<>(keys.size());
    for (SigningKey key : keys) {
      if (key.id().equals(keyId)) {
        ordered.addFirst(key);
      } else {
        ordered.add(key);
      }
    }
    return ordered;
  }
}
