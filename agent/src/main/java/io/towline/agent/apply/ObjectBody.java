package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.unseal.Unsealer;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Turns the signed bytes of an object into what is applied and compared. */
public final class ObjectBody {
  /** The hub leaves these out; in a sealed file, which it does not touch, they may stand. */
  private static final List<String> NULL_MEANS_NOTHING =
      List.of("annotations", "creationTimestamp", "generation", "selfLink");

  private ObjectBody() {}

  /**
   * Reads one object and makes it ready: opened if it is sealed, with the label of its bundle, and
   * with a Secret's {@code stringData} folded into {@code data}, because the API server does the
   * same and owns no {@code stringData} afterwards. What was sealed exists in the result alone,
   * which nobody keeps.
   *
   * @throws IOException if the bytes cannot be read or are not those that were signed
   * @throws io.towline.agent.unseal.UnsealException if it is sealed and cannot be opened
   */
  public static ObjectNode read(
      BodyReader bodies, Unsealer unsealer, ManifestEntry entry, String bundle) throws IOException {
    byte[] bytes = bodies.read(entry.digest());
    if (!Digest.of(bytes).equals(entry.digest())) {
      throw new IOException("the kept body of " + entry.ref() + " is damaged");
    }
    ObjectNode written = ObjectJson.read(bytes);
    ObjectNode object = entry.sealed() ? unsealer.open(written) : written;
    ObjectNode metadata = member(object, "metadata");
    metadata.remove("managedFields");
    for (String nothing : NULL_MEANS_NOTHING) {
      if (metadata.path(nothing).isNull()) {
        metadata.remove(nothing);
      }
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
  public static boolean isSecret(ManifestEntry entry) {
    return entry.sealed() || isSecret(entry.ref());
  }

  /** Whether that object is a Secret. */
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
