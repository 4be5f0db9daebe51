/**
 * Wiring, loops and health: joins the steps of the hub's journey. Imports all; nothing imports it.
 */
@NullMarked
package io.towline.hub.app;

import org.jspecify.annotations.NullMarked;
