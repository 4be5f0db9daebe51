package io.towline.envelope;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

/**
 * A token of one cluster, which the hub has registered: the secret buys one certificate for one
 * key, once.
 *
 * @param hub {@code host:port} of the hub's port for agents
 * @param authorities SHA-256 of the SubjectPublicKeyInfo of each authority that may vouch for the
 *     hub; more than one while an authority is being replaced
 * @param fleet the fleet's id
 * @param cluster the cluster's id
 * @param clusterName the cluster's name
 * @param root SHA-256 of the payload of root 1
 * @param expires when the hub takes the secret no more, in whole seconds
 * @param secret URL-safe base64 of random bytes; never logged
 */
public record JoinToken(
    String hub,
    List<Digest> authorities,
    UUID fleet,
    UUID cluster,
    String clusterName,
    Digest root,
    Instant expires,
    String secret)
    implements HubToken {
  /** Every token begins with this, so that it is recognised where it does not belong. */
  public static final String PREFIX = "twl1_";

  public JoinToken {
    BundleEntry.requireName(clusterName);
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
          TokenForm.write(out, cluster);
          out.writeUTF(clusterName);
          out.write(root.bytes());
          out.writeLong(expires.getEpochSecond());
          out.writeUTF(secret);
        });
  }

  /**
   * Reads a token of one cluster; white space around it is ignored, as it comes from files.
   *
   * @throws IllegalArgumentException if it is not a whole token; the message holds none of it
   */
  public static JoinToken parse(String text) {
    return TokenForm.read(
        PREFIX,
        text,
        in ->
            new JoinToken(
                in.readUTF(),
                TokenForm.authorities(in),
                TokenForm.id(in),
                TokenForm.id(in),
                in.readUTF(),
                Digest.ofHash(in.readNBytes(Digest.BYTES)),
                Instant.ofEpochSecond(in.readLong()),
                in.readUTF()));
  }

  /** Everything but the secret. */
  @Override
  public String toString() {
    return "JoinToken[hub=" + hub + ", fleet=" + fleet + ", cluster=" + clusterName + "]";
  }
}
