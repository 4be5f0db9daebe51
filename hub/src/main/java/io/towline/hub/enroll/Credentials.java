package io.towline.hub.enroll;

import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.KnownCluster;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The secrets that agents call with: 256 random bits each, of which the hub keeps the SHA-256
 * alone. With that much randomness a plain hash is enough; there is nothing to guess. Thread-safe.
 */
public final class Credentials {
  private static final int SECRET_BYTES = 32;

  /** Longer ones are not looked at. */
  private static final int MAX_SECRET_CHARACTERS = 128;

  private final AgentQueries queries;
  private final SecureRandom random;

  public Credentials(AgentQueries queries, SecureRandom random) {
    this.queries = queries;
    this.random = random;
  }

  /** A new secret: 43 characters of base64url. */
  public String newSecret() {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }

  /** What the store keeps of a secret: the SHA-256 of its characters, lower-case hex. */
  public static String hashOf(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /**
   * The cluster that the secret belongs to; empty if there is none. The look-up is by hash: how
   * long it takes says something about hashes, which says nothing about secrets.
   *
   * @throws io.towline.hub.store.StoreException if the database is away
   */
  public Optional<KnownCluster> authenticate(String secret) {
    if (secret.isEmpty() || secret.length() > MAX_SECRET_CHARACTERS) {
      return Optional.empty();
    }
    return queries.byCredential(hashOf(secret));
  }
}
