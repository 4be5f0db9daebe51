package io.towline.hub.git;

/**
 * Who signed a commit. It is the key that counts, not the name that the commit claims.
 *
 * @param name of the signer in the hub's configuration
 * @param fingerprint of the key as it stands there, in full
 */
public record CommitSigner(String name, String fingerprint) {
  /** As envelopes and people's screens name it: {@code alice SHA256:...}. */
  public String text() {
    return name + " " + fingerprint;
  }
}
