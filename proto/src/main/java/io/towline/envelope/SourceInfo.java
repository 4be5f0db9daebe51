package io.towline.envelope;

/**
 * Where a bundle came from.
 *
 * @param name the source's name
 * @param repo its URL, without user information
 * @param ref the full name of the ref
 * @param commit the commit's hash
 * @param path the bundle's directory in the commit
 * @param signer fingerprint of the key that signed the commit; empty if signatures are not asked
 *     for
 */
public record SourceInfo(
    String name, String repo, String ref, String commit, String path, String signer) {}
