package io.towline.hub.store;

import java.util.UUID;

/** A registered cluster: the identity that a certificate stands for. */
public record KnownCluster(UUID id, String name) {}
