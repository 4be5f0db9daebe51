package io.towline.envelope;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What an agent is started with: one word that says where its hub is and how to know it, and holds
 * the secret that buys a certificate. A {@link JoinToken} is one cluster's, a {@link PoolToken}
 * many clusters'.
 */
public sealed interface Token permits JoinToken, PoolToken {
  /** Characters of an encoded token. */
  int MAX_CHARACTERS = 2_048;

  /** Authorities that one token names. */
  int MAX_AUTHORITIES = 4;

  /** {@code host:port} of the hub's port for agents. */
  String hub();

  /**
   * SHA-256 of the SubjectPublicKeyInfo of each authority that may vouch for the hub; more than one
   * while an authority is being replaced.
   */
  List<Digest> authorities();

  /** The fleet's id. */
  UUID fleet();

  /** SHA-256 of the payload of root 1. */
  Digest root();

  /** When the hub takes the secret no more, in whole seconds. */
  Instant expires();

  /** URL-safe base64 of random bytes; never logged. */
  String secret();

  /** The token as it is handed over: one word. It carries the secret. */
  String encode();

  /**
   * Reads a token of either kind; white space around it is ignored, as it comes from files.
   *
   * @throws IllegalArgumentException if it is not a whole token; the message holds none of it
   */
  static Token parse(String text) {
    return text.strip().startsWith(PoolToken.PREFIX)
        ? PoolToken.parse(text)
        : JoinToken.parse(text);
  }
}
