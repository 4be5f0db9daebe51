/**
 * Decides what may be applied: keeps the roots and the floors, on disk and mirrored, and hands on a
 * verified envelope or a reason.
 */
@NullMarked
package io.towline.agent.verify;

import org.jspecify.annotations.NullMarked;
