package io.towline.envelope;

import java.time.Instant;
import java.util.List;

/**
 * The token of an agent that has a hub: it says where that is and how to know it, and holds the
 * secret that buys a certificate. A {@link JoinToken} is one cluster's, a {@link PoolToken} many
 * clusters'.
 */
public sealed interface HubToken extends AgentToken permits JoinToken, PoolToken {
  /** Authorities that one token names. */
  int MAX_AUTHORITIES = 4;

  /** {@code host:port} of the hub's port for agents. */
  String hub();

  /**
   * SHA-256 of the SubjectPublicKeyInfo of each authority that may vouch for the hub; more than one
   * while an authority is being replaced.
   */
  List<Digest> authorities();

  /** When the hub takes the secret no more, in whole seconds. */
  Instant expires();

  /** URL-safe base64 of random bytes; never logged. */
  String secret();
}
