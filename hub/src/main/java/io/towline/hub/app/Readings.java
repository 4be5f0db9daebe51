package io.towline.hub.app;

import io.towline.hub.resolve.SourceDeclarations;
import io.towline.hub.resolve.SourceSnapshot;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The newest accepted revision of each source, read once. Thread-safe. */
final class Readings {
  private final Map<String, Reading> bySource = new ConcurrentHashMap<>();

  /** A revision with what it declares. */
  record Reading(SourceSnapshot snapshot, SourceDeclarations declarations) {
    String source() {
      return snapshot.source();
    }

    String commit() {
      return snapshot.revision().commit();
    }
  }

  /** Replaces what is known of its source. */
  void put(Reading reading) {
    bySource.put(reading.source(), reading);
  }

  /** Whether this commit of the source has been read already. */
  boolean holds(String source, String commit) {
    Reading reading = bySource.get(source);
    return reading != null && reading.commit().equals(commit);
  }

  /** What is known, at most one of each source. */
  List<Reading> all() {
    return List.copyOf(bySource.values());
  }
}
