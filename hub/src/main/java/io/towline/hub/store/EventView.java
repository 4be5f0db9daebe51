package io.towline.hub.store;

import java.time.Instant;

/** Something that happened as people see it; texts are empty where they do not apply. */
public record EventView(
    String id,
    String origin,
    String cluster,
    String type,
    String reason,
    String action,
    String bundle,
    String apiVersion,
    String kind,
    String namespace,
    String name,
    String message,
    Instant at) {}
