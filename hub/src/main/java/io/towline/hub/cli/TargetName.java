package io.towline.hub.cli;

/**
 * One bundle on one cluster, which people write {@code podinfo@store-0107} and the API writes
 * {@code bundles/podinfo/targets/store-0107}.
 */
record TargetName(String bundle, String cluster) {
  /** Reads what a person wrote. */
  static TargetName parse(String text) {
    int at = text.indexOf('@');
    if (at < 1 || at == text.length() - 1) {
      throw CliException.usage(
          text + " is not a target", "a target is written BUNDLE@CLUSTER, as podinfo@store-0107");
    }
    return new TargetName(text.substring(0, at), text.substring(at + 1));
  }

  /** Reads the beginning of a resource name; what follows the cluster is ignored. */
  static TargetName ofResource(String name) {
    String[] parts = name.split("/", -1);
    return parts.length >= 4 ? new TargetName(parts[1], parts[3]) : new TargetName(name, "");
  }

  String resource() {
    return "bundles/" + bundle + "/targets/" + cluster;
  }

  @Override
  public String toString() {
    return bundle + "@" + cluster;
  }
}
