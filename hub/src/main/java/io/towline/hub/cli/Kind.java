package io.towline.hub.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the hub can be asked for. Singular, plural and short names are all understood. */
enum Kind {
  CLUSTER("Cluster", "cluster clusters cl c"),
  BUNDLE("Bundle", "bundle bundles b"),
  TARGET("Target", "target targets t"),
  SOURCE("Source", "source sources src s"),
  DRIFT("Drift", "drift drifts"),
  EVENT("Event", "event events ev");

  /** What {@code get all} shows, and what can be described. */
  static final List<Kind> RESOURCES = List.of(SOURCE, CLUSTER, BUNDLE, TARGET);

  private final String word;
  private final String names;

  Kind(String word, String names) {
    this.word = word;
    this.names = names;
  }

  /** As in {@code kind} of JSON. */
  String word() {
    return word;
  }

  /** As in the types of a watch and in {@code -o name}. */
  String type() {
    return word.toLowerCase(Locale.ROOT);
  }

  static Optional<Kind> ofName(String name) {
    for (Kind kind : values()) {
      if (List.of(kind.names.split(" ", -1)).contains(name.toLowerCase(Locale.ROOT))) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** One of the resources, or wrong usage. */
  static Kind resource(String name) {
    return ofName(name)
        .filter(RESOURCES::contains)
        .orElseThrow(
            () ->
                CliException.usage(
                    "There is no kind " + name, "one of: source, cluster, bundle, target"));
  }
}
