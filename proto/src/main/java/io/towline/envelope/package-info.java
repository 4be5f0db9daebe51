/**
 * The signed bytes: DSSE, digests, canonical documents, roots, and every refusal of verification.
 * No framework.
 */
@NullMarked
package io.towline.envelope;

import org.jspecify.annotations.NullMarked;
