package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A DSSE 1.0.2 envelope: a payload, its type and signatures over both. Immutable.
 *
 * @see <a href="https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md">DSSE
 *     envelope</a>
 */
public final class Dsse {
  /**
   * One signature.
   *
   * @param keyId a hint at the key, empty if there is none
   * @param base64 the signature as it was written; it may be anything
   */
  public record Signature(String keyId, String base64) {
    /** The signature's bytes; empty if they are not base64. */
    public Optional<byte[]> bytes() {
      return Base64Text.read(base64);
    }

    /** A signature made by a key. */
    public static Signature of(String keyId, byte[] signature) {
      return new Signature(keyId, Base64Text.write(signature));
    }
  }

  private final String payloadType;
  private final byte[] payload;
  private final List<Signature> signatures;

  public Dsse(String payloadType, byte[] payload, List<Signature> signatures) {
    this.payloadType = payloadType;
    this.payload = payload.clone();
    this.signatures = List.copyOf(signatures);
  }

  /** The payload's type as it was written. */
  public String payloadType() {
    return payloadType;
  }

  /** The signed bytes. */
  public byte[] payload() {
    return payload.clone();
  }

  /** The digest of the signed bytes. */
  public Digest digest() {
    return Digest.of(payload);
  }

  /** The signatures, none of them checked. */
  public List<Signature> signatures() {
    return signatures;
  }

  /** What signatures are made over. */
  public byte[] pae() {
    return pae(payloadType, payload);
  }

  /**
   * DSSE's pre-authentication encoding: {@code "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP
   * payload}, lengths in bytes.
   */
  public static byte[] pae(String payloadType, byte[] payload) {
    byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
    byte[] head =
        ("DSSEv1 " + type.length + " " + payloadType + " " + payload.length + " ")
            .getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[head.length + payload.length];
    System.arraycopy(head, 0, out, 0, head.length);
    System.arraycopy(payload, 0, out, head.length, payload.length);
    return out;
  }

  /**
   * Reads an envelope of at most {@link Limits#ENVELOPE_BYTES}. Unknown members are ignored.
   *
   * @throws VerificationException {@code EnvelopeMalformed}
   */
  public static Dsse parse(byte[] bytes) {
    return parse(bytes, Limits.ENVELOPE_BYTES, Reason.ENVELOPE_MALFORMED);
  }

  static Dsse parse(byte[] bytes, int limit, Reason reason) {
    if (bytes.length > limit) {
      throw new VerificationException(reason, "the envelope is larger than " + limit + " bytes");
    }
    Members json = Members.ofDocument(bytes, reason);
    byte[] payload =
        Base64Text.read(json.text("payload", limit))
            .orElseThrow(() -> json.refuse("payload", "is not base64"));
    List<Signature> signatures =
        json.objects(
            "signatures",
            Limits.SIGNATURES,
            entry ->
                new Signature(
                    entry.has("keyid") ? entry.text("keyid", Limits.KEY_ID_CHARACTERS) : "",
                    entry.text("sig")));
    return new Dsse(json.text("payloadType"), payload, signatures);
  }

  /** The envelope as JSON. */
  public byte[] write() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("payload", Base64Text.write(payload)).put("payloadType", payloadType);
    ArrayNode entries = json.putArray("signatures");
    for (Signature signature : signatures) {
      ObjectNode entry = entries.addObject();
      if (!signature.keyId().isEmpty()) {
        entry.put("keyid", signature.keyId());
      }
      entry.put("sig", signature.base64());
    }
    return CanonicalJson.write(json);
  }
}
