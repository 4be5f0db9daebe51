/**
 * Makes the cluster what a verified envelope says: order, server-side apply, prune by inventory.
 */
@NullMarked
package io.towline.agent.apply;

import org.jspecify.annotations.NullMarked;
