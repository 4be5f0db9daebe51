/**
 * Wiring, loops and health: joins the steps of the agent's journey. Imports all; nothing imports
 * it.
 */
@NullMarked
package io.towline.agent.app;

import org.jspecify.annotations.NullMarked;
