package io.towline.hub.store;

import java.time.Instant;
import java.util.List;

/** A divergence of a live object as people see it. */
public record DriftView(
    String cluster,
    String id,
    String bundle,
    String apiVersion,
    String kind,
    String namespace,
    String name,
    String operation,
    String manager,
    List<Change> fields,
    Instant changedAt,
    Instant observedAt,
    String action,
    String message) {

  /** One field: values as JSON, masked where they are secret. */
  public record Change(String path, String oldValue, String newValue) {}

  public DriftView {
    fields = List.copyOf(fields);
  }
}
