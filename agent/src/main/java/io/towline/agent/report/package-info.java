/** Sends observations back, level-based: numbered batches, resumed after a break. */
@NullMarked
package io.towline.agent.report;

import org.jspecify.annotations.NullMarked;
