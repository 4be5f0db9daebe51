/**
 * Second step: declarations and cluster labels become targets. Reads {@code towline.yaml} files
 * from a {@link io.towline.hub.git.FileTree}, checks them against the published schema, and decides
 * which cluster gets which bundle in which form. A mistake becomes a {@link
 * io.towline.hub.resolve.Problem} with its place; one bundle's mistake never touches another.
 */
@NullMarked
package io.towline.hub.resolve;

import org.jspecify.annotations.NullMarked;
