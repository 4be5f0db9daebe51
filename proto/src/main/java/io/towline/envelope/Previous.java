package io.towline.envelope;

/**
 * The envelope before this one.
 *
 * @param sequence its sequence
 * @param payload the digest of its payload
 */
public record Previous(long sequence, Digest payload) {
  public Previous {
    if (sequence < 1) {
      throw new IllegalArgumentException("sequences count from 1");
    }
  }
}
