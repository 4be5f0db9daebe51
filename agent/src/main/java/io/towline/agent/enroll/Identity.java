package io.towline.agent.enroll;

import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.UUID;

/**
 * Who this agent is and which hub it believes, as its join token says. Nothing that a hub sends
 * changes it.
 */
public final class Identity {
  private static final int DEFAULT_PORT = 443;

  private final JoinToken token;

  /** The identity that a token gives. */
  public Identity(JoinToken token) {
    this.token = Objects.requireNonNull(token);
  }

  /** The fleet that every envelope has to name. */
  public UUID fleet() {
    return token.fleet();
  }

  /** The cluster that every envelope has to name. */
  public UUID cluster() {
    return token.cluster();
  }

  /** For people only. */
  public String clusterName() {
    return token.clusterName();
  }

  /** SHA-256 of the payload of root 1, where all trust in envelopes begins. */
  public Digest firstRoot() {
    return token.root();
  }

  /** SHA-256 of the SubjectPublicKeyInfo of the hub's TLS key. */
  public Digest hubKey() {
    return token.hubKey();
  }

  /** The hub's name or address. */
  public String hubHost() {
    int colon = token.hub().lastIndexOf(':');
    String host = colon < 0 ? token.hub() : token.hub().substring(0, colon);
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** The port of the hub that serves agents. */
  public int hubPort() {
    int colon = token.hub().lastIndexOf(':');
    return colon < 0 ? DEFAULT_PORT : Integer.parseInt(token.hub().substring(colon + 1));
  }

  /** What proves to the hub who calls. Secret. */
  public String secret() {
    return token.secret();
  }

  byte[] bytes() {
    return token.encode().getBytes(StandardCharsets.US_ASCII);
  }

  boolean sameCluster(Identity other) {
    return fleet().equals(other.fleet()) && cluster().equals(other.cluster());
  }

  /** Shows no secret. */
  @Override
  public String toString() {
    return "Identity[cluster=" + clusterName() + ", hub=" + token.hub() + "]";
  }
}
