/** Shows the fleet to people and programs: FleetService, reflection, health and metrics. */
@NullMarked
package io.towline.hub.show;

import org.jspecify.annotations.NullMarked;
