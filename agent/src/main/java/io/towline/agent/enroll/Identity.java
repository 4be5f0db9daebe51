package io.towline.agent.enroll;

import io.towline.envelope.AgentToken;
import io.towline.envelope.Digest;
import io.towline.envelope.HubToken;
import io.towline.envelope.JoinToken;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Who this agent is and where its hub is, as its token said. Nothing that is delivered changes it,
 * and it holds no secret.
 *
 * @param hub {@code host:port} of the hub's port for agents; empty: it never calls one
 * @param fleet the fleet that every envelope has to name
 * @param cluster the cluster that every envelope has to name
 * @param clusterName for people only
 * @param firstRoot SHA-256 of the payload of root 1, where all trust in envelopes begins
 */
public record Identity(
    Optional<String> hub, UUID fleet, UUID cluster, String clusterName, Digest firstRoot) {
  private static final int FORMAT = 1;
  private static final String COMMON_NAME = "CN=";

  /** The identity that a cluster's own token gives. */
  public Identity(JoinToken token) {
    this(
        Optional.of(token.hub()),
        token.fleet(),
        token.cluster(),
        token.clusterName(),
        token.root());
  }

  /** The identity of an agent that never calls a hub. */
  public Identity(OfflineToken token) {
    this(Optional.empty(), token.fleet(), token.cluster(), token.clusterName(), token.root());
  }

  /** The identity that a token names; empty where it names none, since it is a pool's. */
  static Optional<Identity> named(AgentToken token) {
    return switch (token) {
      case JoinToken one -> Optional.of(new Identity(one));
      case OfflineToken one -> Optional.of(new Identity(one));
      case PoolToken pool -> Optional.empty();
    };
  }

  /**
   * The identity of whoever has this certificate from the hub of a token: the one that the token
   * names, or, where it is a pool's, the one that the certificate names.
   *
   * @throws IllegalArgumentException if it names none of the token's fleet
   */
  public static Identity of(HubToken token, X509Certificate certificate) {
    return switch (token) {
      case JoinToken one -> new Identity(one);
      case PoolToken pool ->
          new Identity(
              Optional.of(pool.hub()),
              pool.fleet(),
              clusterOf(pool.fleet(), certificate),
              nameOf(certificate),
              pool.root());
    };
  }

  private static UUID clusterOf(UUID fleet, X509Certificate certificate) {
    String begin = "spiffe://" + fleet + "/cluster/";
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return (names == null ? List.<List<?>>of() : names)
          .stream()
              .map(name -> String.valueOf(name.getLast()))
              .filter(name -> name.startsWith(begin))
              .findFirst()
              .map(name -> UUID.fromString(name.substring(begin.length())))
              .orElseThrow(Identity::nobody);
    } catch (CertificateParsingException e) {
      throw nobody();
    }
  }

  private static String nameOf(X509Certificate certificate) {
    String subject = certificate.getSubjectX500Principal().getName();
    if (!subject.startsWith(COMMON_NAME) || subject.indexOf(',') >= 0) {
      throw nobody();
    }
    return subject.substring(COMMON_NAME.length());
  }

  private static IllegalArgumentException nobody() {
    return new IllegalArgumentException("the certificate names no cluster of the fleet");
  }

  /** The same cluster at the hub of another token. */
  Identity at(HubToken token) {
    return new Identity(Optional.of(token.hub()), fleet, cluster, clusterName, firstRoot);
  }

  /** As it is kept. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeUTF(hub.orElse(""));
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
          Optional.of(in.readUTF()).filter(hub -> !hub.isEmpty()),
          readUuid(in),
          readUuid(in),
          in.readUTF(),
          Digest.ofHash(in.readNBytes(Digest.BYTES)));
    } catch (IOException e) {
      throw new IllegalArgumentException("the kept identity is not whole", e);
    }
  }

  private static UUID readUuid(DataInputStream in) throws IOException {
    try {
      return UUID.fromString(in.readUTF());
    } catch (IllegalArgumentException e) {
      // Its message repeats what was read.
      throw new IOException("not a UUID");
    }
  }

  boolean sameCluster(Identity other) {
    return fleet.equals(other.fleet()) && cluster.equals(other.cluster());
  }
}
