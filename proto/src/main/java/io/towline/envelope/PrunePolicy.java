package io.towline.envelope;

/**
 * Whether objects that left a bundle are deleted.
 *
 * @param enabled if not, they stay and are no longer Towline's
 */
public record PrunePolicy(boolean enabled) {}
