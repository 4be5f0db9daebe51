package io.towline.hub.show;

import io.towline.hub.store.FilterFields;
import java.util.Locale;

/** What can be watched, in the order in which a snapshot has it. */
enum WatchType {
  CLUSTER,
  BUNDLE,
  TARGET,
  SOURCE,
  DRIFT,
  EVENT;

  /** As requests and the change table have it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it can be filtered by. */
  FilterFields fields() {
    return switch (this) {
      case CLUSTER -> FilterFields.CLUSTERS;
      case BUNDLE -> FilterFields.BUNDLES;
      case TARGET -> FilterFields.TARGETS;
      case SOURCE -> FilterFields.SOURCES;
      case DRIFT -> FilterFields.DRIFT;
      case EVENT -> FilterFields.EVENTS;
    };
  }
}
