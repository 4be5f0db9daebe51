package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** Turns the signed bytes of an object into what is applied and compared. */
public final class ObjectBody {
  private ObjectBody() {}

  /**
   * Reads one object and makes it ready: with the label of its bundle, and with a Secret's {@code
   * stringData} folded into {@code data}, because the API server does the same and owns no {@code
   * stringData} afterwards.
   *
   * @throws IOException if the bytes cannot be read or are not those that were signed
   */
  public static ObjectNode read(BodyReader bodies, ManifestEntry entry, String bundle)
      throws IOException {
    byte[] bytes = bodies.read(entry.digest());
    if (!Digest.of(bytes).equals(entry.digest())) {
      throw new IOException("the kept body of " + entry.ref() + " is damaged");
    }
    ObjectNode object = ObjectJson.read(bytes);
    ObjectNode metadata = member(object, "metadata");
    metadata.remove("managedFields");
    if (metadata.path("creationTimestamp").isNull()) {
      metadata.remove("creationTimestamp");
    }
    member(metadata, "labels").put(Names.BUNDLE_LABEL, bundle);
    if (isSecret(entry.ref())) {
      foldStringData(object);
    }
    return object;
  }

  /** The body of an apply request. */
  static String write(ObjectNode object) {
    return new String(ObjectJson.write(object), StandardCharsets.UTF_8);
  }

  /** Whether the values of that object are nobody's business. */
  public static boolean isSecret(ObjectRef ref) {
    return ref.group().isEmpty() && ref.kind().equals("Secret");
  }

  private static ObjectNode member(ObjectNode parent, String name) {
    return parent.get(name) instanceof ObjectNode existing ? existing : parent.putObject(name);
  }

  private static void foldStringData(ObjectNode secret) {
    if (!(secret.remove("stringData") instanceof ObjectNode plain)) {
      return;
    }
    ObjectNode data = member(secret, "data");
    for (Map.Entry<String, JsonNode> entry : plain.properties()) {
      byte[] value = entry.getValue().asText("").getBytes(StandardCharsets.UTF_8);
      data.put(entry.getKey(), Base64.getEncoder().encodeToString(value));
    }
  }
}
