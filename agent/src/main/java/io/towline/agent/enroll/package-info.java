/** Who this agent is: its join token, the hub that the token pins, and its incarnation. */
@NullMarked
package io.towline.agent.enroll;

import org.jspecify.annotations.NullMarked;
