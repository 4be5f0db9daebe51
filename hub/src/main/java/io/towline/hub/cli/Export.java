package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.ExportLayout;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.hub.sign.PublicKeyFile;
import io.towline.hub.sign.RootDraft;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An envelope as files that anybody can check without Towline: names with their bytes. The same
 * envelope under the same roots gives the same files.
 */
final class Export {
  private static final String SIGSTORE_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
  private static final int KEY_NAME = 8;

  private Export() {}

  /** The files of an envelope that was checked. */
  static SortedMap<String, byte[]> files(Evidence evidence, VerifiedEnvelope envelope) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put(ExportLayout.STATEMENT, evidence.dsse());
    Set<Digest> digests = new TreeSet<>();
    for (VerifiedBundle bundle : envelope.bundles()) {
      put(bundle.entry().manifest(), bundle.entry().manifestSize(), evidence, files);
      digests.add(bundle.entry().manifest());
      bundle
          .manifest()
          .objects()
          .forEach(
              object -> {
                put(object.digest(), object.size(), evidence, files);
                digests.add(object.digest());
              });
    }
    files.put(ObjectsIndex.NAME, ObjectsIndex.bytesOf(digests));
    List<byte[]> roots = evidence.roots();
    for (byte[] root : roots) {
      files.put(ExportLayout.root(RootDraft.read(root).document().version()), root);
    }
    RootDocument newest = RootDraft.read(roots.getLast()).document();
    for (SigningKey key : newest.keys().values()) {
      files.put(
          "keys/" + key.id() + ".pem", PublicKeyFile.pem(key).getBytes(StandardCharsets.US_ASCII));
    }
    Dsse dsse = Dsse.parse(evidence.dsse());
    for (Dsse.Signature signature : dsse.signatures()) {
      if (newest.keys().containsKey(signature.keyId())) {
        files.put(
            "bundle." + signature.keyId().substring(0, KEY_NAME) + ".sigstore.json",
            sigstore(dsse, signature));
      }
    }
    return files;
  }

  private static void put(
      Digest digest, long size, Evidence evidence, SortedMap<String, byte[]> files) {
    files.put(
        ExportLayout.object(digest),
        evidence
            .bodies()
            .body(digest, size)
            .orElseThrow(
                () ->
                    new VerificationException(
                        Reason.OBJECT_MISSING, "body " + digest.shortHex() + " is not there")));
  }

  /**
   * A Sigstore bundle, which holds one signature. Without a keyid: cosign takes a hexadecimal one
   * for the fingerprint of another kind of key.
   */
  private static byte[] sigstore(Dsse dsse, Dsse.Signature signature) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("mediaType", SIGSTORE_BUNDLE);
    ObjectNode material = json.putObject("verificationMaterial");
    material.putObject("publicKey").put("hint", signature.keyId());
    material.putArray("tlogEntries");
    ObjectNode envelope = json.putObject("dsseEnvelope");
    envelope.put("payload", Base64.getEncoder().encodeToString(dsse.payload()));
    envelope.put("payloadType", dsse.payloadType());
    envelope.putArray("signatures").addObject().put("sig", signature.base64());
    return ObjectJson.write(json);
  }
}
