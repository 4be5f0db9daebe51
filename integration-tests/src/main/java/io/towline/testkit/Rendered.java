package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bundle as a hub renders it: a manifest, and the bytes of everything that it names, its own
 * included.
 *
 * @param manifest what the bundle consists of
 * @param bodies the manifest and its objects by their digests
 */
public record Rendered(BundleManifest manifest, Map<Digest, byte[]> bodies) {

  public Rendered {
    bodies = Map.copyOf(bodies);
  }

  /** A bundle of objects given as JSON texts. */
  public static Rendered of(String bundle, String... objects) {
    List<ManifestEntry> entries = new ArrayList<>();
    Map<Digest, byte[]> bodies = new LinkedHashMap<>();
    for (String object : objects) {
      byte[] bytes = ObjectJson.write(KubeClient.json(object));
      bodies.put(Digest.of(bytes), bytes);
      entries.add(entry(refOf(KubeClient.json(object)), bytes));
    }
    return of(bundle, entries, bodies);
  }

  /** A bundle whose manifest says whatever its entries say. */
  public static Rendered of(
      String bundle, List<ManifestEntry> entries, Map<Digest, byte[]> bodies) {
    BundleManifest manifest = new BundleManifest(bundle, entries, Policy.defaults());
    Map<Digest, byte[]> all = new LinkedHashMap<>(bodies);
    all.put(manifest.digest(), manifest.bytes());
    return new Rendered(manifest, all);
  }

  /** An entry that names a body truthfully. */
  public static ManifestEntry entry(ObjectRef ref, byte[] body) {
    return new ManifestEntry(ref, Digest.of(body), body.length, 0, false);
  }

  /** The entry of the object of that name. */
  public ManifestEntry entry(String name) {
    return manifest.objects().stream()
        .filter(entry -> entry.ref().name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no object " + name));
  }

  /** The bytes of the object of that name. */
  public byte[] body(String name) {
    byte[] body = bodies.get(entry(name).digest());
    if (body == null) {
      throw new IllegalArgumentException("no body of " + name);
    }
    return body.clone();
  }

  private static ObjectRef refOf(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    return new ObjectRef(
        object.path("apiVersion").asText(),
        object.path("kind").asText(),
        metadata.path("namespace").asText(),
        metadata.path("name").asText());
  }
}
