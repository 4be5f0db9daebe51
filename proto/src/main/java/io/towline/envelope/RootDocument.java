package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Whom a fleet trusts: keys, and the roles they have. A root document by itself proves nothing;
 * {@link RootChain} makes a {@link TrustedRoot} of it.
 *
 * @param fleet the fleet's id
 * @param version from 1, each one more than the one before
 * @param epoch from 1; one more resets the sequence of every cluster
 * @param issuedAt in whole seconds
 * @param expiresAt in whole seconds, after {@code issuedAt}
 * @param keys every key that a role names, by its id
 * @param root who signs the next root, and this one
 * @param envelope who signs envelopes for which clusters; no cluster in two of them
 */
public record RootDocument(
    UUID fleet,
    long version,
    long epoch,
    Instant issuedAt,
    Instant expiresAt,
    Map<String, SigningKey> keys,
    KeyRole root,
    List<EnvelopeRole> envelope) {
  /** The DSSE payload type. */
  public static final String PAYLOAD_TYPE = "application/vnd.towline.root.v1+json";

  /** The document's type. */
  public static final String TYPE = "https://towline.io/root/v1";

  private static final String ED25519 = "ed25519";

  public RootDocument {
    keys = Map.copyOf(keys);
    envelope = List.copyOf(envelope);
    issuedAt = issuedAt.truncatedTo(ChronoUnit.SECONDS);
    expiresAt = expiresAt.truncatedTo(ChronoUnit.SECONDS);
    if (version < 1 || epoch < 1 || version > Limits.MAX_INTEGER || epoch > Limits.MAX_INTEGER) {
      throw new IllegalArgumentException("versions and epochs of a root count from 1");
    }
    if (!issuedAt.isBefore(expiresAt)) {
      throw new IllegalArgumentException("a root expires after it was issued");
    }
    keys.forEach(
        (id, key) -> {
          if (!key.id().equals(id)) {
            throw new IllegalArgumentException("a key's id is not the digest of the key");
          }
        });
    if (envelope.isEmpty()) {
      throw new IllegalArgumentException("a root has an envelope role");
    }
    requireKeys(root, keys);
    Set<String> clusters = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (EnvelopeRole role : envelope) {
      requireKeys(role.keys(), keys);
      if (!names.add(role.name())) {
        throw new IllegalArgumentException("two envelope roles have one name");
      }
      for (String cluster : role.clusters()) {
        if (!clusters.add(cluster)) {
          throw new IllegalArgumentException("a cluster stands in two envelope roles");
        }
      }
    }
  }

  /** The role whose keys sign for this cluster: the one that names it, else that of all others. */
  public Optional<EnvelopeRole> roleFor(UUID cluster) {
    return roleNaming(cluster.toString()).or(() -> roleNaming(EnvelopeRole.ALL_OTHERS));
  }

  /** The keys of a role. */
  public List<SigningKey> keysOf(KeyRole role) {
    List<SigningKey> found = new ArrayList<>();
    for (String id : role.keyIds()) {
      SigningKey key = keys.get(id);
      if (key != null) {
        found.add(key);
      }
    }
    return found;
  }

  /** The canonical bytes (RFC 8785): the payload that is signed. */
  public byte[] bytes() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_type", TYPE)
        .put("specVersion", SpecVersion.CURRENT)
        .put("fleet", fleet.toString())
        .put("version", version)
        .put("epoch", epoch)
        .put("issuedAt", issuedAt.toString())
        .put("expiresAt", expiresAt.toString());
    ObjectNode keyNodes = json.putObject("keys");
    keys.forEach(
        (id, key) ->
            keyNodes
                .putObject(id)
                .put("keytype", ED25519)
                .put("scheme", ED25519)
                .put("public", HexFormat.of().formatHex(key.bytes())));
    ObjectNode roles = json.putObject("roles");
    write(root, roles.putObject("root"));
    ArrayNode envelopeNodes = roles.putArray("envelope");
    for (EnvelopeRole role : envelope) {
      ObjectNode node = envelopeNodes.addObject();
      write(role.keys(), node);
      node.put("name", role.name()).put("maxLifetimeDays", role.maxLifetimeDays());
      ArrayNode clusters = node.putArray("clusters");
      role.clusters().forEach(clusters::add);
    }
    return CanonicalJson.write(json);
  }

  /**
   * Reads a payload; whether anything in it is to be believed is for {@link RootChain} to say.
   *
   * @throws VerificationException {@code RootInvalid}
   */
  public static RootDocument parse(byte[] payload) {
    if (payload.length > Limits.ROOT_BYTES) {
      throw new VerificationException(
          Reason.ROOT_INVALID, "the root is larger than " + Limits.ROOT_BYTES + " bytes");
    }
    Members json = Members.ofDocument(payload, Reason.ROOT_INVALID);
    json.constant("_type", TYPE);
    json.constant("specVersion", SpecVersion.CURRENT);
    Members roles = json.object("roles");
    return Members.build(
        Reason.ROOT_INVALID,
        () ->
            new RootDocument(
                json.uuid("fleet"),
                json.integer("version", 1, Limits.MAX_INTEGER),
                json.integer("epoch", 1, Limits.MAX_INTEGER),
                json.time("issuedAt"),
                json.time("expiresAt"),
                readKeys(json),
                KeyRole.read(roles.object("root")),
                roles.objects("envelope", Limits.ROOT_ENTRIES, EnvelopeRole::read)));
  }

  private static Map<String, SigningKey> readKeys(Members json) {
    Map<String, SigningKey> keys = new TreeMap<>();
    json.entries("keys", Limits.ROOT_ENTRIES)
        .forEach(
            (id, entry) -> {
              entry.constant("keytype", ED25519);
              entry.constant("scheme", ED25519);
              // 32 bytes, spelled as a digest is.
              keys.put(id, SigningKey.of(entry.sha256("public").bytes()));
            });
    return keys;
  }

  private Optional<EnvelopeRole> roleNaming(String cluster) {
    return envelope.stream().filter(role -> role.clusters().contains(cluster)).findFirst();
  }

  private static void requireKeys(KeyRole role, Map<String, SigningKey> keys) {
    if (!keys.keySet().containsAll(role.keyIds())) {
      throw new IllegalArgumentException("a role names a key that the root does not hold");
    }
  }

  private static void write(KeyRole role, ObjectNode node) {
    ArrayNode ids = node.putArray("keyids");
    role.keyIds().forEach(ids::add);
    node.put("threshold", role.threshold());
  }
}
