package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.SealedObject;
import io.towline.vocabulary.Reason;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a file that SOPS sealed has to be so that an agent can open it, and that it can go there as
 * it is: its MAC counts every value in the file's order, so that nothing is put in, taken out or
 * sorted on the way. Whatever would have to be is refused. Pure.
 */
final class SealedFile {
  private static final String AGAIN =
      "; seal its values alone: sops encrypt --encrypted-regex '^(data|stringData)$'";

  /** Where a Secret keeps what nobody shall read. */
  private static final List<String> VALUES_OF_SECRETS = List.of("data", "stringData");

  private SealedFile() {}

  /** Says what keeps any agent from opening it. */
  static void check(Manifest manifest, Problems problems) {
    ObjectNode object = manifest.object();
    JsonNode seal = object.path(SealedObject.SEAL);
    if (object.has("items")) {
      invalid(problems, manifest, "/items", "a list cannot be sealed: one object is one file");
    }
    if (seal.has("key_groups")) {
      invalid(
          problems,
          manifest,
          "/sops/key_groups",
          "its key is split among key_groups, which no agent puts together");
    } else if (SealedObject.recipients(object).isEmpty()) {
      invalid(
          problems,
          manifest,
          "/sops",
          "it is sealed for no age recipient; put those of its clusters (towline get clusters -o"
              + " wide) into .sops.yaml and run sops updatekeys");
    }
    for (String member : List.of("mac", "lastmodified")) {
      if (!seal.path(member).isTextual()) {
        invalid(problems, manifest, "/sops", "its seal has no " + member + "; seal it anew");
      }
    }
    for (String field : List.of("encrypted_comment_regex", "unencrypted_comment_regex")) {
      if (!seal.path(field).asText("").isEmpty()) {
        invalid(
            problems,
            manifest,
            "/sops/" + field,
            "comments do not reach a cluster, so that no rule can go by them" + AGAIN);
      }
    }
    for (String member : List.of("apiVersion", "kind", "metadata")) {
      clear(manifest, problems, "/" + member, object.path(member));
    }
    if (object.path("kind").asText("").equals("Secret")
        && object.path("apiVersion").asText("").equals("v1")) {
      for (String member : VALUES_OF_SECRETS) {
        sealed(manifest, problems, "/" + member, object.path(member));
      }
    }
  }

  /**
   * Says what would have to be written into it.
   *
   * @param placed the object as it would be applied if it were not sealed
   */
  static void refuseChanges(Manifest manifest, ObjectNode placed, Problems problems) {
    JsonNode before = manifest.object().path("metadata");
    JsonNode after = placed.path("metadata");
    String namespace = after.path("namespace").asText("");
    if (!namespace.equals(before.path("namespace").asText(""))) {
      touched(
          problems,
          manifest,
          "/metadata",
          "the file is sealed and names no namespace, so that Towline would have to write "
              + namespace
              + " into it; write metadata.namespace into it with sops edit");
    }
    if (manifest.object().has("status")) {
      leftOut(problems, manifest, "/status");
    }
    Set<String> members = new LinkedHashSet<>();
    before.fieldNames().forEachRemaining(members::add);
    for (String member : members) {
      if (!member.equals("namespace") && before.hasNonNull(member) && !after.has(member)) {
        leftOut(problems, manifest, "/metadata/" + member);
      }
    }
  }

  private static void leftOut(Problems problems, Manifest manifest, String pointer) {
    touched(
        problems,
        manifest,
        pointer,
        "the file is sealed, and Towline would have to leave "
            + Problems.field(pointer)
            + " out of it; remove it with sops edit");
  }

  private static void clear(Manifest manifest, Problems problems, String pointer, JsonNode value) {
    if (value.isTextual() && value.textValue().startsWith(SealedObject.VALUE_PREFIX)) {
      invalid(
          problems,
          manifest,
          pointer,
          Problems.field(pointer) + " is sealed, and nobody could tell what the object is" + AGAIN);
    } else {
      below(pointer, value).forEach((at, one) -> clear(manifest, problems, at, one));
    }
  }

  private static void sealed(Manifest manifest, Problems problems, String pointer, JsonNode value) {
    boolean open =
        value.isValueNode()
            && !value.isNull()
            && !value.asText("").isEmpty()
            && !value.asText("").startsWith(SealedObject.VALUE_PREFIX);
    if (open) {
      invalid(
          problems,
          manifest,
          pointer,
          Problems.field(pointer) + " stands in clear in a sealed file" + AGAIN);
    } else {
      below(pointer, value).forEach((at, one) -> sealed(manifest, problems, at, one));
    }
  }

  private static Map<String, JsonNode> below(String pointer, JsonNode value) {
    Map<String, JsonNode> below = new LinkedHashMap<>();
    value
        .properties()
        .forEach(
            m ->
                below.put(
                    pointer + "/" + m.getKey().replace("~", "~0").replace("/", "~1"),
                    m.getValue()));
    if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        below.put(pointer + "/" + i, value.get(i));
      }
    }
    return below;
  }

  private static void invalid(
      Problems problems, Manifest manifest, String pointer, String message) {
    problems.add(Reason.SEAL_INVALID, manifest, pointer, message);
  }

  private static void touched(
      Problems problems, Manifest manifest, String pointer, String message) {
    problems.add(Reason.SEALED_FILE_TOUCHED, manifest, pointer, message);
  }
}
