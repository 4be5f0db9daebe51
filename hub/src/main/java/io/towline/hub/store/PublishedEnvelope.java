package io.towline.hub.store;

import java.util.UUID;

/**
 * An envelope as it is published.
 *
 * @param payloadSha256 lower-case hex
 * @param dsseGzip the DSSE envelope as JSON, gzip; not copied, so nobody may change it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; copying every envelope would cost.
public record PublishedEnvelope(UUID cluster, Place place, String payloadSha256, byte[] dsseGzip) {}
