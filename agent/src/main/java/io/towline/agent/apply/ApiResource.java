package io.towline.agent.apply;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * A kind as the API server serves it.
 *
 * @param group empty for the core group
 * @param plural the name in paths, for example {@code deployments}
 */
public record ApiResource(
    String group, String version, String plural, String kind, boolean namespaced) {

  public ApiResource {
    if (version.isEmpty() || plural.isEmpty() || kind.isEmpty()) {
      throw new IllegalArgumentException("a resource needs version, plural and kind");
    }
  }

  /** {@code v1} or {@code apps/v1}. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** {@code deployments.apps}, as messages name it. */
  public String qualifiedName() {
    return group.isEmpty() ? plural : plural + "." + group;
  }

  /**
   * Where the objects of this kind are listed.
   *
   * @param namespace empty for all namespaces, and for cluster-scoped kinds
   */
  public String collectionPath(String namespace) {
    StringBuilder path = new StringBuilder(96);
    path.append(group.isEmpty() ? "/api/" : "/apis/" + group + "/").append(version);
    if (namespaced && !namespace.isEmpty()) {
      path.append("/namespaces/").append(encode(namespace));
    }
    return path.append('/').append(plural).toString();
  }

  /**
   * Where one object of this kind lives.
   *
   * @param namespace empty means {@code default} for kinds that have one, as with kubectl
   */
  public String objectPath(String namespace, String name) {
    String within = namespaced && namespace.isEmpty() ? "default" : namespace;
    return collectionPath(within) + "/" + encode(name);
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
