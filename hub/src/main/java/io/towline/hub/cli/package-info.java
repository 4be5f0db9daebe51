/**
 * The command line. It asks the hub by its API and, for lint, render and verify, calls the same
 * code on local files.
 */
@NullMarked
package io.towline.hub.cli;

import org.jspecify.annotations.NullMarked;
