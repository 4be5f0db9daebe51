@NullMarked
package io.towline.hub.render;

import org.jspecify.annotations.NullMarked;
