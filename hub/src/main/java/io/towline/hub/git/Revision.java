package io.towline.hub.git;

import java.time.Instant;
import java.util.Optional;

/**
 * One commit of one source: what this step hands on.
 *
 * @param source the source's name
 * @param url without user information
 * @param ref the branch, tag or commit that was asked for, in full, as {@code refs/heads/main}
 * @param commit full lower-case hex id
 * @param committedAt the committer's own claim
 * @param signer whose verified signature let it in; empty when the source asks for none
 */
public record Revision(
    String source,
    String url,
    String ref,
    String commit,
    Instant committedAt,
    Optional<CommitSigner> signer) {}
