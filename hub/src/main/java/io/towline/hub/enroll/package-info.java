/** Registers clusters: join tokens and the credentials that agents call with. */
@NullMarked
package io.towline.hub.enroll;

import org.jspecify.annotations.NullMarked;
