/**
 * First step of the journey: sources become revisions. Keeps a bare mirror of each source below the
 * data directory, fetches by interval, by webhook and on request, and hands on a {@link
 * io.towline.hub.git.Revision} with a {@link io.towline.hub.git.FileTree} of its files. When a
 * fetch fails the last good revision stays, with a reason.
 */
@NullMarked
package io.towline.hub.git;

import org.jspecify.annotations.NullMarked;
