/**
 * Serves the agents: one gRPC port of its own, mutual TLS, every call bound to the one cluster of
 * its client certificate.
 */
@NullMarked
package io.towline.hub.stream;

import org.jspecify.annotations.NullMarked;
