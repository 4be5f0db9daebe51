/**
 * Fifth step: one signed envelope per cluster and change. Owns the hub's signing keys and the root.
 */
@NullMarked
package io.towline.hub.sign;

import org.jspecify.annotations.NullMarked;
