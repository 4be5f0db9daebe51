/** The charts: what they render, what they refuse, and that their reference is true. */
@NullMarked
package io.towline.charts;

import org.jspecify.annotations.NullMarked;
