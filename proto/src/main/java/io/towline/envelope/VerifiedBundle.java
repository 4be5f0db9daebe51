package io.towline.envelope;

/**
 * One bundle of a verified envelope.
 *
 * @param name the bundle's name
 * @param manifest its objects and policies
 * @param entry what the statement says of it
 */
public record VerifiedBundle(String name, BundleManifest manifest, BundleEntry entry) {}
