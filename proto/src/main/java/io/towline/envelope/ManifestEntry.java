package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One object of a bundle.
 *
 * @param ref which object
 * @param digest of its bytes
 * @param size of its bytes
 * @param wave smaller waves are applied first; 0 unless the bundle says otherwise
 * @param sealed whether the body is a SOPS document that only an agent opens; such a body keeps the
 *     order of its members ({@link ObjectJson#writeInOrder})
 * @param policy where it departs from the bundle's policy
 */
public record ManifestEntry(
    ObjectRef ref, Digest digest, long size, int wave, boolean sealed, ObjectPolicy policy) {
  /** Waves lie between plus and minus this. */
  public static final int MAX_WAVE = 10_000;

  public ManifestEntry {
    if (size < 0 || Math.abs((long) wave) > MAX_WAVE) {
      throw new IllegalArgumentException("an entry has a size, and a wave within " + MAX_WAVE);
    }
  }

  /** One that the bundle's policy holds for as it is. */
  public ManifestEntry(ObjectRef ref, Digest digest, long size, int wave, boolean sealed) {
    this(ref, digest, size, wave, sealed, ObjectPolicy.AS_BUNDLE);
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putObject("digest").put("sha256", digest.hex());
    if (!policy.equals(ObjectPolicy.AS_BUNDLE)) {
      json.set("policy", policy.toJson());
    }
    json.set("ref", ref.toJson());
    return json.put("sealed", sealed).put("size", size).put("wave", wave);
  }

  static ManifestEntry read(Members json) {
    return new ManifestEntry(
        ObjectRef.read(json.object("ref")),
        json.digestSet("digest"),
        json.integer("size", 0, Limits.MAX_INTEGER),
        (int) json.integer("wave", -MAX_WAVE, MAX_WAVE),
        json.bool("sealed"),
        json.optionalObject("policy").map(ObjectPolicy::read).orElse(ObjectPolicy.AS_BUNDLE));
  }
}
