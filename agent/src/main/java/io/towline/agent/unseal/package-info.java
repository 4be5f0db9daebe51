/**
 * Between verify and apply: opens what people sealed for this cluster with SOPS and age. In goes a
 * verified body that is still sealed; out comes the plain object, in memory only, for the one call
 * that needs it. Owns no state: the identities are {@link
 * io.towline.agent.enroll.SealIdentities}'s.
 *
 * <p>What cannot be opened fails with an {@link io.towline.agent.unseal.UnsealException} at that
 * one object; no message of this package holds anything of a value, of a key, or of what a library
 * said about them.
 */
@NullMarked
package io.towline.agent.unseal;

import org.jspecify.annotations.NullMarked;
