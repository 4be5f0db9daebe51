/** Takes the agents' reports in and judges what each target is. */
@NullMarked
package io.towline.hub.report;

import org.jspecify.annotations.NullMarked;
