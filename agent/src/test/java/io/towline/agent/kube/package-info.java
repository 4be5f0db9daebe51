/** A real API server for the tests of the agent's steps. */
@NullMarked
package io.towline.agent.kube;

import org.jspecify.annotations.NullMarked;
