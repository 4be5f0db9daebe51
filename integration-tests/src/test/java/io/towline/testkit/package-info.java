/** The test bed, tried on itself: what it promises holds on real programs. */
@NullMarked
package io.towline.testkit;

import org.jspecify.annotations.NullMarked;
