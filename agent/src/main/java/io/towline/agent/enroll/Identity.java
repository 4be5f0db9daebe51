package io.towline.agent.enroll;

import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;

/**
 * Who this agent is and where its hub is, as its join token said. Nothing that a hub sends changes
 * it, and it holds no secret.
 *
 * @param hub {@code host:port} of the hub's port for agents
 * @param fleet the fleet that every envelope has to name
 * @param cluster the cluster that every envelope has to name
 * @param clusterName for people only
 * @param firstRoot SHA-256 of the payload of root 1, where all trust in envelopes begins
 */
public record Identity(String hub, UUID fleet, UUID cluster, String clusterName, Digest firstRoot) {
  private static final int DEFAULT_PORT = 443;
  private static final int FORMAT = 1;

  /** The identity that a token gives. */
  public Identity(JoinToken token) {
    this(token.hub(), token.fleet(), token.cluster(), token.clusterName(), token.root());
  }

  /** The hub's name or address. */
  public String hubHost() {
    int colon = hub.lastIndexOf(':');
    String host = colon < 0 ? hub : hub.substring(0, colon);
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** The port of the hub that serves agents. */
  public int hubPort() {
    int colon = hub.lastIndexOf(':');
    return colon < 0 ? DEFAULT_PORT : Integer.parseInt(hub.substring(colon + 1));
  }

  /** As it is kept. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeUTF(hub);
      out.writeUTF(fleet.toString());
      out.writeUTF(cluster.toString());
      out.writeUTF(clusterName);
      out.write(firstRoot.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * As it was kept.
   *
   * @throws IllegalArgumentException if it is of a version that this one cannot read
   */
  static Identity parse(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readUnsignedByte() != FORMAT) {
        throw new IllegalArgumentException("the kept identity is of another version");
      }
      return new Identity(
          in.readUTF(),
          UUID.fromString(in.readUTF()),
          UUID.fromString(in.readUTF()),
          in.readUTF(),
          Digest.ofHash(in.readNBytes(Digest.BYTES)));
    } catch (IOException e) {
      throw new IllegalArgumentException("the kept identity is not whole", e);
    }
  }

  boolean sameCluster(Identity other) {
    return fleet.equals(other.fleet()) && cluster.equals(other.cluster());
  }
}
