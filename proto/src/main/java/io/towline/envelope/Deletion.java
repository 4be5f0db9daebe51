package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An object that this cluster is to delete. It stays in the cluster's statements until the cluster
 * has said that it is gone, since an agent may skip sequences.
 *
 * @param bundle the bundle that it belonged to
 * @param ref the object
 * @param since the first sequence that listed it
 */
public record Deletion(String bundle, ObjectRef ref, long since) {
  public Deletion {
    BundleEntry.requireName(bundle);
    if (since < 1) {
      throw new IllegalArgumentException("a deletion has the sequence that listed it first");
    }
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("bundle", bundle);
    json.set("ref", ref.toJson());
    return json.put("since", since);
  }

  static Deletion read(Members json) {
    return new Deletion(
        json.text("bundle"),
        ObjectRef.read(json.object("ref")),
        json.integer("since", 1, Limits.MAX_INTEGER));
  }
}
