/** What a person does with Towline, from the commit to the live object and back, on real parts. */
@NullMarked
package io.towline.journeys;

import org.jspecify.annotations.NullMarked;
