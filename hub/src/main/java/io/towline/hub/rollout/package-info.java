/**
 * Fourth step: decides what each target may have now. In go what a cluster has, what Git says, and
 * what could be rendered; out comes a {@link io.towline.hub.rollout.ClusterPlan} as data, which the
 * next steps sign and store. Owns no state. What it keeps a target from is a value with a reason,
 * never an exception: a mistake in one bundle leaves that bundle as it was and touches no other,
 * and nothing is removed because something is missing.
 */
@NullMarked
package io.towline.hub.rollout;

import org.jspecify.annotations.NullMarked;
