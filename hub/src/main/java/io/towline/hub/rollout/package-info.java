/** Fourth step: decides which revision each target may have now. */
@NullMarked
package io.towline.hub.rollout;

import org.jspecify.annotations.NullMarked;
