package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Names an object as its manifest does.
 *
 * @param apiVersion group and version, or the version alone for the core group
 * @param kind kind
 * @param namespace namespace, empty if the object has none
 * @param name name
 */
public record ObjectRef(String apiVersion, String kind, String namespace, String name) {
  public ObjectRef {
    if (apiVersion.isEmpty() || kind.isEmpty() || name.isEmpty()) {
      throw new IllegalArgumentException("an object has an apiVersion, a kind and a name");
    }
  }

  /** The API group, empty for the core group. */
  public String group() {
    int slash = apiVersion.indexOf('/');
    return slash < 0 ? "" : apiVersion.substring(0, slash);
  }

  /** The version within the group. */
  public String version() {
    return apiVersion.substring(apiVersion.indexOf('/') + 1);
  }

  /** What stays the same when the object moves to another version of its group. */
  public ObjectIdentity identity() {
    return new ObjectIdentity(group(), kind, namespace, name);
  }

  @Override
  public String toString() {
    return identity().toString();
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("apiVersion", apiVersion)
        .put("kind", kind)
        .put("name", name)
        .put("namespace", namespace);
  }

  static ObjectRef read(Members json) {
    String apiVersion = json.nonEmptyText("apiVersion");
    String kind = json.nonEmptyText("kind");
    String namespace = json.text("namespace");
    String name = json.nonEmptyText("name");
    return new ObjectRef(apiVersion, kind, namespace, name);
  }
}
