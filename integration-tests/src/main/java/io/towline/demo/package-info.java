/**
 * What {@code make run} does: a hub, a repository and a small fleet of real control planes on this
 * machine, with four things to try. Everything stays in one scratch folder and on loopback.
 */
@NullMarked
package io.towline.demo;

import org.jspecify.annotations.NullMarked;
