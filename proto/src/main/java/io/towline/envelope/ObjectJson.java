package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of Kubernetes objects. They are hashed and shipped as the hub wrote them, and never
 * written anew on the way.
 */
public final class ObjectJson {
  private ObjectJson() {}

  /**
   * Reads one object strictly: UTF-8, no duplicate members, at most {@link Limits#OBJECT_DEPTH}
   * deep. 64-bit integers stay exact; other numbers keep the characters they were written in, and
   * {@link #write} gives them back.
   *
   * @throws VerificationException {@code ManifestInvalid} if it is not such JSON or not an object;
   *     the message holds nothing of the content
   */
  public static ObjectNode read(byte[] bytes) {
    return read(bytes, Reason.MANIFEST_INVALID);
  }

  static ObjectNode read(byte[] bytes, Reason reason) {
    JsonNode node = StrictJson.read(bytes, StrictJson.Numbers.AS_WRITTEN, reason);
    if (!(node instanceof ObjectNode object)) {
      throw new VerificationException(reason, "not a JSON object");
    }
    return object;
  }

  /**
   * A number that {@link #write} writes with exactly these characters, for readers of other formats
   * than JSON.
   *
   * @throws VerificationException {@code ManifestInvalid} if they are not a JSON number
   */
  public static JsonNode number(String written) {
    byte[] bytes = written.getBytes(StandardCharsets.UTF_8);
    JsonNode node = StrictJson.read(bytes, StrictJson.Numbers.AS_WRITTEN, Reason.MANIFEST_INVALID);
    if (!node.isNumber()) {
      throw new VerificationException(Reason.MANIFEST_INVALID, "not a number");
    }
    return node;
  }

  /** The deterministic bytes of a value: sorted members, no white space, numbers as written. */
  public static byte[] write(JsonNode node) {
    return CanonicalJson.write(node);
  }

  /**
   * The bytes of a value with its members in the order in which it holds them, for sealed objects:
   * their order is part of what they say. Else as {@link #write}.
   */
  public static byte[] writeInOrder(JsonNode node) {
    return CanonicalJson.writeInOrder(node);
  }
}
