package io.towline.envelope;

/**
 * What makes an object one and the same, whatever version of its group it is written in.
 *
 * @param group API group, empty for the core group
 * @param kind kind
 * @param namespace namespace, empty for cluster-scoped objects
 * @param name name
 */
public record ObjectIdentity(String group, String kind, String namespace, String name) {
  @Override
  public String toString() {
    String type = group.isEmpty() ? kind : kind + "." + group;
    return type + " " + (namespace.isEmpty() ? name : namespace + "/" + name);
  }
}
