/** What goes wrong on purpose, and what holds nevertheless. */
@NullMarked
package io.towline.failures;

import org.jspecify.annotations.NullMarked;
