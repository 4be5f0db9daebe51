/**
 * The hub's memory. Bodies by digest, envelopes in their order, and the state of the fleet in SQL:
 * the only package that speaks SQL, and the only one that other steps ask for what lasts. What it
 * holds survives a restart; what it publishes (see {@link io.towline.hub.store.Changes}) only wakes
 * readers, who then read again, so that a lost wake-up loses nothing.
 */
@NullMarked
package io.towline.hub.store;

import org.jspecify.annotations.NullMarked;
