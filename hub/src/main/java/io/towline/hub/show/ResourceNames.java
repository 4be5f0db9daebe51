package io.towline.hub.show;

import io.grpc.StatusRuntimeException;
import io.towline.envelope.Digest;
import io.towline.hub.store.DriftQueries;
import io.towline.hub.store.TargetQueries;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.hub.stream.Refusal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resource names (AIP-122), read and written. */
final class ResourceNames {
  private static final String ID = "[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?";
  private static final Pattern CLUSTER = Pattern.compile("clusters/(" + ID + ")");
  private static final Pattern BUNDLE = Pattern.compile("bundles/(" + ID + ")");
  private static final Pattern POOL = Pattern.compile("pools/(" + ID + ")");
  private static final Pattern SOURCE = Pattern.compile("sources/(" + ID + ")");
  private static final Pattern TARGET =
      Pattern.compile("bundles/(" + ID + ")/targets/(" + ID + ")");
  private static final Pattern DRIFT =
      Pattern.compile("bundles/" + ID + "/targets/(" + ID + ")/drift/([^/]{1,64})");
  private static final Pattern EVENT = Pattern.compile("events/([^/]{1,64})");
  private static final String ALL_BUNDLES = "bundles/-";

  private ResourceNames() {}

  static String cluster(String id) {
    return "clusters/" + id;
  }

  static String bundle(String id) {
    return "bundles/" + id;
  }

  static String source(String id) {
    return "sources/" + id;
  }

  static String target(String bundle, String cluster) {
    return "bundles/" + bundle + "/targets/" + cluster;
  }

  static String drift(String bundle, String cluster, String id) {
    return target(bundle, cluster) + "/drift/" + id;
  }

  static String event(String id) {
    return "events/" + id;
  }

  static String pool(String id) {
    return "pools/" + id;
  }

  static String poolOf(String name) {
    return one(POOL, name, "name", "pools/{pool}");
  }

  static String authority(Digest key) {
    return "authorities/" + key.hex();
  }

  static String clusterOf(String name) {
    return one(CLUSTER, name, "name", "clusters/{cluster}");
  }

  static String bundleOf(String name) {
    return one(BUNDLE, name, "name", "bundles/{bundle}");
  }

  static String sourceOf(String name) {
    return one(SOURCE, name, "name", "sources/{source}");
  }

  static TargetQueries.Name targetOf(String name) {
    Matcher matcher = TARGET.matcher(name);
    if (!matcher.matches()) {
      throw malformed("name", name, "bundles/{bundle}/targets/{cluster}");
    }
    return new TargetQueries.Name(matcher.group(1), matcher.group(2));
  }

  /** The cluster and the id of a drift's name as the change table has it; empty if it is none. */
  static Optional<DriftQueries.Name> driftOf(String name) {
    Matcher matcher = DRIFT.matcher(name);
    return matcher.matches()
        ? Optional.of(new DriftQueries.Name(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  /** The id of an event's name as the change table has it; empty if it is none. */
  static Optional<String> eventOf(String name) {
    Matcher matcher = EVENT.matcher(name);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /**
   * What a parent covers.
   *
   * @param withTarget whether a single target can be the parent
   */
  static Scope scope(String parent, boolean withTarget) {
    if (parent.equals(ALL_BUNDLES)) {
      return Scope.ALL;
    }
    Matcher bundle = BUNDLE.matcher(parent);
    if (bundle.matches()) {
      return new Scope(Optional.of(bundle.group(1)), Optional.empty());
    }
    Matcher cluster = CLUSTER.matcher(parent);
    if (cluster.matches()) {
      return new Scope(Optional.empty(), Optional.of(cluster.group(1)));
    }
    Matcher target = TARGET.matcher(parent);
    if (withTarget && target.matches()) {
      return new Scope(Optional.of(target.group(1)), Optional.of(target.group(2)));
    }
    throw malformed(
        "parent",
        parent,
        "bundles/{bundle}, clusters/{cluster} or bundles/-"
            + (withTarget ? " or bundles/{bundle}/targets/{cluster}" : ""));
  }

  /** What can be suspended: a bundle, a cluster or a target. */
  static Scope suspendable(String name) {
    if (name.equals(ALL_BUNDLES)) {
      throw malformed("name", name, "bundles/{bundle} or clusters/{cluster}");
    }
    return scope(name, true);
  }

  private static String one(Pattern pattern, String name, String field, String form) {
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      throw malformed(field, name, form);
    }
    return matcher.group(1);
  }

  private static StatusRuntimeException malformed(String field, String name, String form) {
    return Refusal.badField(
        "NAME_MALFORMED", field, "\"" + shortened(name) + "\" is not of the form " + form + ".");
  }

  private static String shortened(String name) {
    return name.length() > 128 ? name.substring(0, 128) + "…" : name;
  }
}
