package io.towline.journeys;

/** The files that the journeys commit, as short as they can be. */
final class Yaml {
  /** Every cluster, whatever its labels. */
  static final String EVERYWHERE = "{}";

  private Yaml() {}

  /** A bundle whose one target selects clusters. */
  static String bundle(String name, String clusters) {
    return bundle(name, clusters, "");
  }

  /** The same with further top-level lines. */
  static String bundle(String name, String clusters, String more) {
    return """
    apiVersion: towline.io/v1alpha1
    kind: Bundle
    name: %s
    namespace: %s
    targets:
      - name: all
        clusters: %s
    """
            .formatted(name, name, clusters)
        + more;
  }

  static String cluster(String name, String labels) {
    return """
    apiVersion: towline.io/v1alpha1
    kind: Cluster
    name: %s
    labels: %s
    """
        .formatted(name, labels);
  }

  static String namespace(String name) {
    return """
    apiVersion: v1
    kind: Namespace
    metadata: {name: %s}
    """
        .formatted(name);
  }

  /** A ConfigMap with one key, {@code value}, in its bundle's namespace. */
  static String configMap(String name, String value) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s}
    data: {value: "%s"}
    """
        .formatted(name, value);
  }

  /** In a namespace of its own, whatever the bundle's is. */
  static String configMap(String name, String value, String namespace) {
    return configMap(name, value)
        .replace("{name: " + name + "}", "{name: %s, namespace: %s}".formatted(name, namespace));
  }

  static String deployment(String name, int replicas) {
    return deployment(name, replicas, "{}");
  }

  static String deployment(String name, int replicas, String nodeSelector) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: %1$s}
    spec:
      replicas: %2$d
      selector: {matchLabels: {app: %1$s}}
      template:
        metadata: {labels: {app: %1$s}}
        spec:
          nodeSelector: %3$s
          containers:
            - {name: web, image: registry.invalid/web:1}
    """
        .formatted(name, replicas, nodeSelector);
  }
}
