package io.towline.hub.cli;

import java.util.Optional;

/**
 * What a person asks about: a bundle, a cluster, a target, which is both, or the whole fleet, which
 * is neither.
 */
record Subject(Optional<String> bundle, Optional<String> cluster) {
  /**
   * Reads {@code BUNDLE@CLUSTER}, {@code target/BUNDLE@CLUSTER}, {@code bundle/NAME} or {@code
   * cluster/NAME}; nothing stands for the whole fleet.
   *
   * @param what they ask for, for the message
   */
  static Subject parse(String text, String what) {
    if (text.isEmpty()) {
      return new Subject(Optional.empty(), Optional.empty());
    }
    int slash = text.indexOf('/');
    if (slash < 0) {
      return of(TargetName.parse(text));
    }
    String name = text.substring(slash + 1);
    return switch (Kind.resource(text.substring(0, slash))) {
      case CLUSTER -> new Subject(Optional.empty(), Optional.of(name));
      case BUNDLE -> new Subject(Optional.of(name), Optional.empty());
      case TARGET -> of(TargetName.parse(name));
      case SOURCE, DRIFT, EVENT ->
          throw CliException.usage(
              text + " has no " + what, "give BUNDLE@CLUSTER, bundle/NAME or cluster/NAME");
    };
  }

  private static Subject of(TargetName target) {
    return new Subject(Optional.of(target.bundle()), Optional.of(target.cluster()));
  }

  /** The resource below which the hub lists what belongs to it. */
  String parent() {
    if (bundle.isPresent() && cluster.isPresent()) {
      return new TargetName(bundle.get(), cluster.get()).resource();
    }
    return bundle
        .map(name -> "bundles/" + name)
        .or(() -> cluster.map(name -> "clusters/" + name))
        .orElse("bundles/-");
  }

  /** The same as terms of a filter. */
  Filter addTo(Filter filter) {
    bundle.ifPresent(name -> filter.with("bundle", name));
    cluster.ifPresent(name -> filter.with("cluster", name));
    return filter;
  }
}
