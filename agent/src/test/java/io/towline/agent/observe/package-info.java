/** Tests of watching, most of them against a real API server. */
@NullMarked
package io.towline.agent.observe;

import org.jspecify.annotations.NullMarked;
