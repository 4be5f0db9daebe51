package io.towline.envelope;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is refused of the bodies of a statement, in the order in which {@link EnvelopeVerifier}
 * asks.
 */
final class BodyRefusals {
  private BodyRefusals() {}

  /**
   * One manifest.
   *
   * @throws VerificationException {@code ObjectMissing}, {@code ObjectDigestMismatch}, or as {@link
   *     BundleManifest#parse}
   */
  static VerifiedBundle otherManifest(BundleEntry entry, BodySource bodies) {
    String what = "the manifest of bundle " + entry.name();
    byte[] bytes = signedBody(what, entry.manifest(), entry.manifestSize(), bodies);
    BundleManifest manifest = BundleManifest.parse(bytes);
    if (!manifest.bundle().equals(entry.name())) {
      throw new VerificationException(
          Reason.STATEMENT_MALFORMED, what + " is that of another bundle");
    }
    return new VerifiedBundle(entry.name(), manifest, entry);
  }

  static void tooMuch(List<VerifiedBundle> bundles) {
    long objects = 0;
    long bytes = 0;
    for (VerifiedBundle bundle : bundles) {
      for (ManifestEntry entry : bundle.manifest().objects()) {
        if (entry.size() > Limits.OBJECT_BYTES) {
          throw new VerificationException(
              Reason.LIMIT_EXCEEDED,
              entry.ref() + " is larger than " + Limits.OBJECT_BYTES + " bytes");
        }
        objects++;
        bytes += entry.size();
      }
    }
    if (objects > Limits.OBJECTS || bytes > Limits.TOTAL_BYTES) {
      throw new VerificationException(
          Reason.LIMIT_EXCEEDED,
          "the envelope has more than "
              + Limits.OBJECTS
              + " objects or "
              + Limits.TOTAL_BYTES
              + " bytes");
    }
  }

  /** The statement's one subject binds every manifest and object to it (in-toto Statement v1). */
  static void otherIndex(Statement statement, List<VerifiedBundle> bundles) {
    Set<Digest> digests = new HashSet<>();
    for (VerifiedBundle bundle : bundles) {
      digests.add(bundle.entry().manifest());
      bundle.manifest().objects().forEach(entry -> digests.add(entry.digest()));
    }
    if (!ObjectsIndex.digestOf(digests).equals(statement.index())) {
      throw new VerificationException(
          Reason.INDEX_MISMATCH, "the subject is not the index of the statement's manifests");
    }
  }

  /**
   * One object.
   *
   * @throws VerificationException {@code ObjectMissing}, {@code ObjectDigestMismatch} or {@code
   *     ObjectIdentityMismatch}
   */
  static void otherObject(ManifestEntry entry, BodySource bodies) {
    byte[] bytes = signedBody(entry.ref().toString(), entry.digest(), entry.size(), bodies);
    ObjectNode object = ObjectJson.read(bytes, Reason.OBJECT_IDENTITY_MISMATCH);
    otherIdentity(entry.ref(), object);
    if (entry.sealed() && !SealedObject.isSealed(object)) {
      throw new VerificationException(
          Reason.OBJECT_IDENTITY_MISMATCH, entry.ref() + " is said to be sealed and is not");
    }
  }

  static void duplicate(ObjectRef ref, Set<ObjectIdentity> seen) {
    if (!seen.add(ref.identity())) {
      throw new VerificationException(
          Reason.OBJECT_DUPLICATE, ref + " stands in the envelope twice");
    }
  }

  private static byte[] signedBody(String what, Digest digest, long size, BodySource bodies) {
    byte[] bytes =
        bodies
            .body(digest, size)
            .orElseThrow(
                () ->
                    new VerificationException(Reason.OBJECT_MISSING, what + " was not delivered"));
    if (bytes.length != size) {
      throw new VerificationException(
          Reason.OBJECT_DIGEST_MISMATCH, what + " is not as large as was signed");
    }
    if (!Digest.of(bytes).equals(digest)) {
      throw new VerificationException(
          Reason.OBJECT_DIGEST_MISMATCH, what + " is not what was signed");
    }
    return bytes;
  }

  private static void otherIdentity(ObjectRef ref, ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    boolean same =
        ref.apiVersion().equals(object.path("apiVersion").textValue())
            && ref.kind().equals(object.path("kind").textValue())
            && ref.name().equals(metadata.path("name").textValue())
            && ref.namespace().equals(namespaceOf(metadata));
    if (!same) {
      throw new VerificationException(
          Reason.OBJECT_IDENTITY_MISMATCH, ref + " is not the object that its body holds");
    }
    boolean list = ref.kind().endsWith("List") && object.path("items").isArray();
    if (list
        || metadata.has("generateName")
        || metadata.has("managedFields")
        || object.has("status")) {
      throw new VerificationException(
          Reason.OBJECT_IDENTITY_MISMATCH,
          ref + " is a list, or has a generated name, managed fields or a status");
    }
  }

  private static String namespaceOf(JsonNode metadata) {
    JsonNode namespace = metadata.path("namespace");
    // Something that is not a text matches no reference.
    return metadata.has("namespace") ? namespace.asText("\0") : "";
  }
}
