/**
 * The one outbound connection: follows envelopes, fetches the bodies that are missing, and hands on
 * what it received, unverified.
 */
@NullMarked
package io.towline.agent.stream;

import org.jspecify.annotations.NullMarked;
