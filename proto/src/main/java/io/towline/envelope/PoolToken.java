package io.towline.envelope;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

/**
 * A token of a pool: the secret buys one certificate for each of so many keys, and each of these
 * becomes a cluster of its own. An agent learns which from its certificate.
 *
 * @param hub {@code host:port} of the hub's port for agents
 * @param authorities SHA-256 of the SubjectPublicKeyInfo of each authority that may vouch for the
 *     hub; more than one while an authority is being replaced
 * @param fleet the fleet's id
 * @param pool the pool's name
 * @param root SHA-256 of the payload of root 1
 * @param expires when the hub takes the secret no more, in whole seconds
 * @param secret URL-safe base64 of random bytes; never logged
 */
public record PoolToken(
    String hub,
    List<Digest> authorities,
    UUID fleet,
    String pool,
    Digest root,
    Instant expires,
    String secret)
    implements HubToken {
  /** Another one than a cluster's: an agent that knows no pools says so. */
  public static final String PREFIX = "twlp1_";

  public PoolToken {
    BundleEntry.requireName(pool);
    authorities = List.copyOf(authorities);
    TokenForm.require(hub, authorities, secret);
    expires = expires.truncatedTo(ChronoUnit.SECONDS);
  }

  @Override
  public String encode() {
    return TokenForm.write(
        PREFIX,
        out -> {
          out.writeUTF(hub);
          TokenForm.write(out, authorities);
          TokenForm.write(out, fleet);
          out.writeUTF(pool);
          out.write(root.bytes());
          out.writeLong(expires.getEpochSecond());
          out.writeUTF(secret);
        });
  }

  /**
   * Reads a token of a pool; white space around it is ignored, as it comes from files.
   *
   * @throws IllegalArgumentException if it is not a whole token; the message holds none of it
   */
  public static PoolToken parse(String text) {
    return TokenForm.read(
        PREFIX,
        text,
        in ->
            new PoolToken(
                in.readUTF(),
                TokenForm.authorities(in),
                TokenForm.id(in),
                in.readUTF(),
                Digest.ofHash(in.readNBytes(Digest.BYTES)),
                Instant.ofEpochSecond(in.readLong()),
                in.readUTF()));
  }

  /** Everything but the secret. */
  @Override
  public String toString() {
    return "PoolToken[hub=" + hub + ", fleet=" + fleet + ", pool=" + pool + "]";
  }
}
