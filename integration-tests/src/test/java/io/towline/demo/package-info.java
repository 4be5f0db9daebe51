/** The demo, tried as a person would try it. */
@NullMarked
package io.towline.demo;

import org.jspecify.annotations.NullMarked;
