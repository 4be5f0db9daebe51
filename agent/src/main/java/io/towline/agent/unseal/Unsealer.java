package io.towline.agent.unseal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.enroll.SealIdentities;
import io.towline.agent.enroll.SealIdentity;
import io.towline.envelope.SealedObject;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Opens objects that SOPS sealed with age. Nothing of an object is handed out before its MAC is
 * right. Thread-safe.
 *
 * <p>Source: SOPS 3, {@code Tree.Decrypt} in {@code sops.go}.
 */
public final class Unsealer {
  /** Characters of one wrapped data key; age needs some three hundred a recipient. */
  private static final int MAX_WRAPPED = 64 * 1024;

  /** Wrapped data keys that are looked at. */
  private static final int MAX_KEYS = 256;

  /** Recipients that a message names. */
  private static final int SHOWN = 3;

  /** What names and files an object: never sealed, or nobody could tell what is applied. */
  private static final Set<String> ALWAYS_CLEAR = Set.of("apiVersion", "kind", "metadata");

  /** 32 bytes that begin the MAC of a document whose clear values are not counted. */
  private static final byte[] ONLY_ENCRYPTED =
      HexFormat.of().parseHex("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69");

  private final SealIdentities identities;

  public Unsealer(SealIdentities identities) {
    this.identities = identities;
  }

  /**
   * The plain object: the document without its seal.
   *
   * @param sealed stays as it is
   * @throws UnsealException with SEALED_FOR_OTHERS if no identity fits, SEAL_BROKEN if anything was
   *     changed or is missing, SEAL_INVALID if it is of a form that is not opened here
   */
  public ObjectNode open(ObjectNode sealed) {
    JsonNode seal = sealed.path(SealedObject.SEAL);
    if (seal.has("key_groups")) {
      throw new UnsealException(
          Reason.SEAL_INVALID, "its key is split among key_groups, which no agent puts together");
    }
    SopsRules rules = SopsRules.read(seal);
    byte[] key = dataKey(seal);
    Opening opening =
        new Opening(new SopsCipher(key), rules, seal.path("mac_only_encrypted").asBoolean(false));
    ObjectNode open = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> member : sealed.properties()) {
      if (!member.getKey().equals(SealedObject.SEAL)) {
        opening.member(open, member, List.of());
      }
    }
    opening.refuseOtherMac(seal);
    return open;
  }

  private byte[] dataKey(JsonNode seal) {
    Set<String> own = new HashSet<>(identities.recipients());
    List<JsonNode> keys = new ArrayList<>();
    for (JsonNode wrapped : seal.path("age")) {
      // Those that name one of our recipients first: the others are tried for what they may be.
      keys.add(own.contains(wrapped.path("recipient").asText("")) ? 0 : keys.size(), wrapped);
      if (keys.size() > MAX_KEYS) {
        throw new UnsealException(
            Reason.SEAL_INVALID, "it names more than " + MAX_KEYS + " recipients");
      }
    }
    Optional<UnsealException> damaged = Optional.empty();
    for (JsonNode wrapped : keys) {
      try {
        byte[] key = open(wrapped.path("enc").asText(""), identities.all());
        if (key.length == SopsCipher.KEY_BYTES) {
          return key;
        }
        damaged = Optional.of(broken("its data key is of another length"));
      } catch (AgeException e) {
        boolean ours = own.contains(wrapped.path("recipient").asText(""));
        if (e.kind() != AgeException.Kind.NO_MATCH && (ours || damaged.isEmpty())) {
          damaged = Optional.of(broken("its data key cannot be unwrapped: " + e.getMessage()));
        } else if (ours && damaged.isEmpty()) {
          damaged =
              Optional.of(broken("its data key names this cluster and is encrypted for others"));
        }
      }
    }
    throw damaged.orElseGet(() -> forOthers(seal));
  }

  private static byte[] open(String armored, List<SealIdentity> identities) throws AgeException {
    if (armored.length() > MAX_WRAPPED) {
      throw new AgeException(AgeException.Kind.ARMOR, "it is too long");
    }
    return AgeFile.open(AgeArmor.decode(armored), identities);
  }

  private UnsealException forOthers(JsonNode seal) {
    Optional<String> lost = identities.problem();
    if (lost.isPresent()) {
      return new UnsealException(Reason.SEALED_FOR_OTHERS, lost.get());
    }
    List<String> named = SealedObject.recipients(seal(seal));
    String who =
        named.isEmpty()
            ? "no age recipient"
            : String.join(", ", named.stream().limit(SHOWN).toList())
                + (named.size() > SHOWN ? " and " + (named.size() - SHOWN) + " more" : "");
    String own = identities.recipients().stream().findFirst().orElse("none");
    return new UnsealException(
        Reason.SEALED_FOR_OTHERS,
        "it is sealed for " + who + "; this cluster's recipient is " + own);
  }

  private static ObjectNode seal(JsonNode seal) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.set(SealedObject.SEAL, seal);
    return object;
  }

  private static UnsealException broken(String message) {
    return new UnsealException(Reason.SEAL_BROKEN, message);
  }

  /** One document being opened. One thread. */
  private static final class Opening {
    private final SopsCipher cipher;
    private final SopsRules rules;
    private final boolean onlyEncrypted;
    private final MessageDigest mac;

    Opening(SopsCipher cipher, SopsRules rules, boolean onlyEncrypted) {
      this.cipher = cipher;
      this.rules = rules;
      this.onlyEncrypted = onlyEncrypted;
      try {
        this.mac = MessageDigest.getInstance("SHA-512");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-512", e);
      }
      if (onlyEncrypted) {
        mac.update(ONLY_ENCRYPTED);
      }
    }

    void member(ObjectNode to, Map.Entry<String, JsonNode> member, List<String> above) {
      List<String> path = new ArrayList<>(above);
      path.add(member.getKey());
      value(member.getValue(), path).ifPresent(value -> to.set(member.getKey(), value));
    }

    /** Empty if it was a comment. Recursion ends at the depth that the parser allows. */
    private Optional<JsonNode> value(JsonNode node, List<String> path) {
      if (node instanceof ObjectNode object) {
        ObjectNode open = JsonNodeFactory.instance.objectNode();
        object.properties().forEach(member -> member(open, member, path));
        return Optional.of(open);
      }
      if (node instanceof ArrayNode array) {
        ArrayNode open = JsonNodeFactory.instance.arrayNode();
        array.forEach(item -> value(item, path).ifPresent(open::add));
        return Optional.of(open);
      }
      if (node.isNull()) {
        return Optional.of(node);
      }
      if (rules.encrypts(path)) {
        return encrypted(node, path);
      }
      if (!onlyEncrypted) {
        mac.update(SopsValues.counted(node));
      }
      return Optional.of(node);
    }

    private Optional<JsonNode> encrypted(JsonNode node, List<String> path) {
      if (ALWAYS_CLEAR.contains(path.getFirst())) {
        throw new UnsealException(
            Reason.SEAL_INVALID,
            "its " + path.getFirst() + " is sealed; only values such as data may be");
      }
      if (node.isTextual() && node.textValue().isEmpty()) {
        // SOPS leaves an empty text as it is.
        return Optional.of(node);
      }
      if (!node.isTextual() || !SopsCipher.isValue(node.textValue())) {
        throw broken("the value at " + shown(path) + " stands in clear and should be sealed");
      }
      SopsCipher.Value value =
          cipher
              .decrypt(node.textValue(), String.join(":", path) + ":")
              .orElseThrow(
                  () -> broken("the value at " + shown(path) + " was changed, moved or cut"));
      if (value.type().equals(SopsValues.COMMENT)) {
        return Optional.empty();
      }
      JsonNode json =
          SopsValues.json(value)
              .orElseThrow(
                  () ->
                      new UnsealException(
                          Reason.SEAL_INVALID,
                          "the value at " + shown(path) + " is not of the type that it names"));
      mac.update(SopsValues.counted(value, json));
      return Optional.of(json);
    }

    private void refuseOtherMac(JsonNode seal) {
      String written = seal.path("mac").asText("");
      String modified = seal.path("lastmodified").asText("");
      if (written.isEmpty() || modified.isEmpty()) {
        throw broken("it has no mac or no lastmodified");
      }
      byte[] signed =
          cipher
              .decrypt(written, modified)
              .map(SopsCipher.Value::bytes)
              .orElseThrow(() -> broken("its mac or lastmodified was changed or cut"));
      byte[] computed =
          HexFormat.of()
              .withUpperCase()
              .formatHex(mac.digest())
              .getBytes(StandardCharsets.US_ASCII);
      if (!MessageDigest.isEqual(computed, signed)) {
        throw broken("its values are not those that the mac counts");
      }
    }

    /** Keys stand in clear in every sealed file. */
    private static String shown(List<String> path) {
      return String.join(".", path);
    }
  }
}
