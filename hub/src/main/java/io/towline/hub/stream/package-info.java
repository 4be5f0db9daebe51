/**
 * Serves the agents: one gRPC port of its own, TLS, every call bound to the one cluster of its
 * credential.
 */
@NullMarked
package io.towline.hub.stream;

import org.jspecify.annotations.NullMarked;
