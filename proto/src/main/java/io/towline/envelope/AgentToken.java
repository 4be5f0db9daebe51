package io.towline.envelope;

import java.util.UUID;

/**
 * What an agent is started with: one word that says which fleet it serves and which root it begins
 * to believe with, and, but for an {@link OfflineToken}, how it comes to its hub.
 */
public sealed interface AgentToken permits HubToken, OfflineToken {
  /** Characters of an encoded token. */
  int MAX_CHARACTERS = 2_048;

  /** The fleet that every envelope has to name. */
  UUID fleet();

  /** SHA-256 of the payload of root 1. */
  Digest root();

  /** The token as it is handed over: one word. It carries the secret, if there is one. */
  String encode();

  /**
   * Reads a token of any kind; white space around it is ignored, as it comes from files.
   *
   * @throws IllegalArgumentException if it is not a whole token; the message holds none of it
   */
  static AgentToken parse(String text) {
    String word = text.strip();
    if (word.startsWith(PoolToken.PREFIX)) {
      return PoolToken.parse(word);
    }
    return word.startsWith(OfflineToken.PREFIX) ? OfflineToken.parse(word) : JoinToken.parse(word);
  }
}
