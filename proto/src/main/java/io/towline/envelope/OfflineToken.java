package io.towline.envelope;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.UUID;

/**
 * What the agent of a cluster is started with that never reaches its hub. It says no more than who
 * the agent is and where its trust begins: it holds no secret, buys nothing, and does not expire.
 *
 * @param fleet the fleet's id
 * @param cluster the cluster's id
 * @param clusterName the cluster's name
 * @param root SHA-256 of the payload of root 1
 */
public record OfflineToken(UUID fleet, UUID cluster, String clusterName, Digest root)
    implements AgentToken {
  /** Every offline token begins with this. */
  public static final String PREFIX = "twlo1_";

  public OfflineToken {
    BundleEntry.requireName(clusterName);
  }

  @Override
  public String encode() {
    return TokenForm.write(
        PREFIX,
        out -> {
          TokenForm.write(out, fleet);
          TokenForm.write(out, cluster);
          out.writeUTF(clusterName);
          out.write(root.bytes());
        });
  }

  /**
   * Reads a token; white space around it is ignored, as it comes from files.
   *
   * @throws IllegalArgumentException if it is not a whole token; the message holds none of it
   */
  public static OfflineToken parse(String text) {
    return TokenForm.read(PREFIX, text, OfflineToken::read);
  }

  private static OfflineToken read(DataInputStream in) throws IOException {
    return new OfflineToken(
        TokenForm.id(in),
        TokenForm.id(in),
        in.readUTF(),
        Digest.ofHash(in.readNBytes(Digest.BYTES)));
  }
}
