/** Watches exactly what was applied: drift, with who did it, and health. */
@NullMarked
package io.towline.agent.observe;

import org.jspecify.annotations.NullMarked;
