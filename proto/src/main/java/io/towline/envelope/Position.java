package io.towline.envelope;

/**
 * A place in the order of one cluster's envelopes.
 *
 * @param epoch the root's epoch
 * @param sequence within the epoch
 * @param payload digest of the signed statement
 */
public record Position(long epoch, long sequence, Digest payload) {}
