/**
 * The charts' reference: what {@code values.yaml} says of each value becomes the schema and the
 * README's table, so that a value is described once.
 */
@NullMarked
package io.towline.charts;

import org.jspecify.annotations.NullMarked;
