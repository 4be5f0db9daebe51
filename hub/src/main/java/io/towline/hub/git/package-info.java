/**
 * First step of the journey: sources become revisions. Keeps a bare mirror of each source below the
 * data directory, fetches by interval, by webhook and on request, and hands on a {@link
 * io.towline.hub.git.Revision} with a {@link io.towline.hub.git.FileTree} of its files. Where a
 * source asks for signatures, nothing is handed on that was not signed by somebody whom the hub's
 * configuration lists. When a fetch fails, or what it brings is refused, the last good revision
 * stays, with a reason.
 */
@NullMarked
package io.towline.hub.git;

import org.jspecify.annotations.NullMarked;
