/** Tests of applying, most of them against a real API server. */
@NullMarked
package io.towline.agent.apply;

import org.jspecify.annotations.NullMarked;
