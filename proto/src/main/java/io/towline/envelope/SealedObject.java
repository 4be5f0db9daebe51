package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What can be told of an object that SOPS sealed without opening it. Its bytes are the file's
 * members in the file's own order, since the MAC that SOPS puts in counts the values in that order.
 *
 * <p>Source: the file format of SOPS 3, the part {@code sops} of a document; recipients are those
 * of age (C2SP, {@code age.md}, "the X25519 recipient type").
 */
public final class SealedObject {
  /** The member that makes an object a sealed one. */
  public static final String SEAL = "sops";

  /** How every value that SOPS encrypted begins. */
  public static final String VALUE_PREFIX = "ENC[AES256_GCM,";

  /** Characters of an X25519 recipient. */
  public static final int RECIPIENT_CHARACTERS = 62;

  /** Bech32 with the prefix {@code age}; other prefixes are other kinds of recipients. */
  private static final Pattern X25519_RECIPIENT = Pattern.compile("age1[02-9ac-hj-np-z]{58}");

  private SealedObject() {}

  /** Whether SOPS wrote this. */
  public static boolean isSealed(JsonNode object) {
    return object.get(SEAL) instanceof ObjectNode;
  }

  /** Whether that could be a recipient that an agent reads for; its checksum is not looked at. */
  public static boolean isRecipient(String text) {
    return X25519_RECIPIENT.matcher(text).matches();
  }

  /** The X25519 recipients that a sealed object names, in its order; empty if there are none. */
  public static List<String> recipients(JsonNode object) {
    List<String> recipients = new ArrayList<>();
    for (JsonNode one : object.path(SEAL).path("age")) {
      String recipient = one.path("recipient").asText("");
      if (isRecipient(recipient)) {
        recipients.add(recipient);
      }
    }
    return List.copyOf(recipients);
  }
}
