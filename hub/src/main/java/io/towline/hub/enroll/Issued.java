package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.hub.store.KnownCluster;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate for an agent.
 *
 * @param authorities what the agent shall pin from now on
 * @param again whether the same key was certified by the same token before
 */
public record Issued(
    KnownCluster cluster, X509Certificate certificate, List<Digest> authorities, boolean again) {
  public Issued {
    authorities = List.copyOf(authorities);
  }
}
