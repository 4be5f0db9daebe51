/** What the documents say, compared with what is there. */
@NullMarked
package io.towline.docs;

import org.jspecify.annotations.NullMarked;
