/**
 * Who this agent is: what its join token says, its key with the hub's certificate for it, and its
 * incarnation. Keeps them in the state directory, each file whole or not at all.
 */
@NullMarked
package io.towline.agent.enroll;

import org.jspecify.annotations.NullMarked;
