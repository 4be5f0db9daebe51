package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Everything that one render of one bundle consists of. Nothing in it speaks of one cluster, so
 * that all clusters with equal inputs share it.
 *
 * @param bundle the bundle's name
 * @param objects its objects, sorted by apiVersion, kind, namespace and name
 * @param policy what the agent has to follow
 * @param critical names of the members that an agent must understand or refuse
 */
public record BundleManifest(
    String bundle, List<ManifestEntry> objects, Policy policy, List<String> critical) {
  private static final Comparator<ManifestEntry> ORDER =
      Comparator.comparing((ManifestEntry entry) -> entry.ref().apiVersion())
          .thenComparing(entry -> entry.ref().kind())
          .thenComparing(entry -> entry.ref().namespace())
          .thenComparing(entry -> entry.ref().name());

  public BundleManifest {
    BundleEntry.requireName(bundle);
    objects = objects.stream().sorted(ORDER).toList();
    critical = List.copyOf(critical);
  }

  /** A manifest that names as critical what its policy and objects need an agent to understand. */
  public BundleManifest(String bundle, List<ManifestEntry> objects, Policy policy) {
    this(bundle, objects, policy, critical(objects, policy));
  }

  private static List<String> critical(List<ManifestEntry> objects, Policy policy) {
    return Stream.concat(
            policy.critical().stream(),
            objects.stream().flatMap(entry -> entry.policy().critical().stream()))
        .distinct()
        .sorted()
        .toList();
  }

  /** The bytes of all objects together. */
  public long totalSize() {
    return objects.stream().mapToLong(ManifestEntry::size).sum();
  }

  /** The canonical bytes (RFC 8785). */
  public byte[] bytes() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("bundle", bundle);
    ArrayNode names = json.putArray("critical");
    critical.forEach(names::add);
    json.put("objectCount", objects.size());
    ArrayNode entries = json.putArray("objects");
    objects.forEach(entry -> entries.add(entry.toJson()));
    json.set("policy", policy.toJson());
    json.put("specVersion", SpecVersion.CURRENT).put("totalSize", totalSize());
    return CanonicalJson.write(json);
  }

  /** The digest of {@link #bytes()}: what a statement names this manifest by. */
  public Digest digest() {
    return Digest.of(bytes());
  }

  /**
   * Reads a manifest; the caller has compared the bytes with the digest that was signed.
   *
   * @throws VerificationException {@code StatementMalformed}, {@code SpecVersionUnsupported},
   *     {@code CriticalUnsupported} or {@code LimitExceeded}
   */
  public static BundleManifest parse(byte[] bytes) {
    if (bytes.length > Limits.STATEMENT_BYTES) {
      throw new VerificationException(
          Reason.LIMIT_EXCEEDED,
          "the manifest is larger than " + Limits.STATEMENT_BYTES + " bytes");
    }
    Members json = Members.ofDocument(bytes, Reason.STATEMENT_MALFORMED);
    SpecVersion.require(json.text("specVersion"));
    List<String> critical = json.texts("critical", Limits.LIST_ENTRIES);
    SpecVersion.requireKnown(critical);
    BundleManifest manifest =
        Members.build(
            Reason.STATEMENT_MALFORMED,
            () ->
                new BundleManifest(
                    json.text("bundle"),
                    json.objects("objects", ManifestEntry::read),
                    Policy.read(json.object("policy")),
                    critical));
    if (json.integer("objectCount", 0, Limits.MAX_INTEGER) != manifest.objects().size()) {
      throw json.refuse("objectCount", "is not the number of objects");
    }
    if (json.integer("totalSize", 0, Limits.MAX_INTEGER) != manifest.totalSize()) {
      throw json.refuse("totalSize", "is not the sum of the objects' sizes");
    }
    return manifest;
  }
}
