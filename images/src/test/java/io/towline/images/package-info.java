@NullMarked
package io.towline.images;

import org.jspecify.annotations.NullMarked;
