package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.hub.store.KnownCluster;

/**
 * Whom a call came from, as its certificate says.
 *
 * @param key SHA-256 of the SubjectPublicKeyInfo of the certificate
 */
public record Caller(KnownCluster cluster, Digest key) {}
