package io.towline.envelope;

import java.util.HashSet;
import java.util.List;

/**
 * Keys of which some have to sign together.
 *
 * @param keyIds distinct ids of keys
 * @param threshold how many of them, at least one
 */
public record KeyRole(List<String> keyIds, int threshold) {
  public KeyRole {
    keyIds = List.copyOf(keyIds);
    if (new HashSet<>(keyIds).size() != keyIds.size()) {
      throw new IllegalArgumentException("a role names a key twice");
    }
    if (threshold < 1 || threshold > keyIds.size()) {
      throw new IllegalArgumentException("a threshold is between 1 and the number of keys");
    }
  }

  static KeyRole read(Members json) {
    return new KeyRole(
        json.texts("keyids", Limits.ROOT_ENTRIES),
        (int) json.integer("threshold", 1, Limits.ROOT_ENTRIES));
  }
}
