package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.Intent;
import io.towline.envelope.JoinToken;
import io.towline.envelope.KeyRole;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.Policy;
import io.towline.envelope.PoolToken;
import io.towline.envelope.Previous;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.zip.GZIPOutputStream;

/** Keys, roots and envelopes of a small fleet, as a hub makes them. */
public final class FakeFleet {
  public static final Instant ISSUED = Instant.parse("2026-11-23T08:00:00Z");
  public static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");

  public final UUID fleet = UUID.randomUUID();
  public final UUID cluster = UUID.randomUUID();
  public final KeyPair rootKey = newKey();
  public final KeyPair hubKey = newKey();

  /** What a hub stores, by digest. */
  public final Map<Digest, byte[]> bodies = new ConcurrentHashMap<>();

  /** What the cluster is called. */
  public final String name = "store-0107";

  /** What its certificate calls it. */
  public String uri() {
    return "spiffe://" + fleet + "/cluster/" + cluster;
  }

  /** A token with which clusters name themselves. */
  public PoolToken poolToken(String address, Digest authority) {
    return new PoolToken(
        address,
        List.of(authority),
        fleet,
        "edge",
        Digest.of(root(1, 1, rootKey, hubKey).bytes()),
        NOW.plus(Duration.ofHours(1)),
        "p".repeat(43));
  }

  public JoinToken token(String address, Digest authority) {
    return token(address, authority, "c2VjcmV0LXNlY3JldC1zZWNyZXQ");
  }

  public JoinToken token(String address, Digest authority, String secret) {
    return new JoinToken(
        address,
        List.of(authority),
        fleet,
        cluster,
        name,
        Digest.of(root(1, 1, rootKey, hubKey).bytes()),
        NOW.plus(Duration.ofHours(1)),
        secret);
  }

  /** A root of one root key and one key for the envelopes of every cluster. */
  public RootDocument root(long version, long epoch, KeyPair rootKeys, KeyPair envelopeKeys) {
    Instant issued = Instant.parse("2026-11-23T00:00:00Z");
    SigningKey root = signing(rootKeys);
    SigningKey envelope = signing(envelopeKeys);
    return new RootDocument(
        fleet,
        version,
        epoch,
        issued,
        issued.plus(Duration.ofDays(180)),
        Map.of(root.id(), root, envelope.id(), envelope),
        new KeyRole(List.of(root.id()), 1),
        List.of(
            new EnvelopeRole(
                "all",
                List.of(EnvelopeRole.ALL_OTHERS),
                new KeyRole(List.of(envelope.id()), 1),
                7)));
  }

  public byte[] signedRoot(RootDocument root, KeyPair... keys) {
    return sign(RootDocument.PAYLOAD_TYPE, root.bytes(), keys);
  }

  /** A bundle of config maps; the function gives the value of each. */
  public BundleManifest bundle(String name, int objects, IntFunction<String> value) {
    List<ManifestEntry> entries = new ArrayList<>();
    for (int i = 0; i < objects; i++) {
      String object = "o-%04d".formatted(i);
      byte[] body =
          ("{\"apiVersion\":\"v1\",\"data\":{\"k\":\"%s\"},\"kind\":\"ConfigMap\","
                  + "\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"}}")
              .formatted(value.apply(i), object, name)
              .getBytes(StandardCharsets.UTF_8);
      entries.add(
          new ManifestEntry(
              new ObjectRef("v1", "ConfigMap", name, object), keep(body), body.length, 0, false));
    }
    BundleManifest manifest = new BundleManifest(name, entries, Policy.defaults());
    keep(manifest.bytes());
    return manifest;
  }

  public byte[] body(Digest digest) {
    return Objects.requireNonNull(bodies.get(digest));
  }

  public Digest keep(byte[] body) {
    Digest digest = Digest.of(body);
    bodies.put(digest, body);
    return digest;
  }

  /** A statement that may be bent before it is signed. */
  public final class Draft {
    public UUID forFleet = fleet;
    public UUID forCluster = cluster;
    public long epoch = 1;
    public long sequence;
    public long rootVersion = 1;
    public Instant issued = ISSUED;
    public Instant expires = ISSUED.plus(Duration.ofHours(24));
    public Optional<Previous> previous = Optional.empty();
    public List<Deletion> deletions = List.of();
    public List<BundleManifest> manifests;
    public KeyPair key = hubKey;
    public long manifestSizeLie;
    public Optional<Digest> index = Optional.empty();

    Draft(long sequence, BundleManifest... manifests) {
      this.sequence = sequence;
      this.manifests = List.of(manifests);
    }

    public byte[] statement() {
      List<BundleEntry> entries = new ArrayList<>();
      Collection<Digest> digests = new ArrayList<>();
      for (BundleManifest manifest : manifests) {
        entries.add(
            new BundleEntry(
                manifest.bundle(),
                manifest.digest().shortHex(),
                new SourceInfo(
                    "fleet",
                    "https://git.example.invalid/fleet.git",
                    "refs/heads/main",
                    "0".repeat(40),
                    "apps/" + manifest.bundle(),
                    ""),
                List.of(),
                manifest.digest(),
                manifest.bytes().length + manifestSizeLie));
        digests.add(manifest.digest());
        manifest.objects().forEach(entry -> digests.add(entry.digest()));
      }
      return new Statement(
              Statement.SPEC_VERSION,
              List.of(),
              forFleet,
              forCluster,
              "store-0107",
              epoch,
              sequence,
              rootVersion,
              issued,
              expires,
              previous,
              manifests.isEmpty() ? Intent.CLEAR : Intent.APPLY,
              deletions,
              entries,
              index.orElseGet(() -> ObjectsIndex.digestOf(digests)))
          .bytes();
    }

    public SignedEnvelope seal() {
      byte[] payload = statement();
      return envelope(payload, sign(Statement.PAYLOAD_TYPE, payload, key));
    }

    public SignedEnvelope envelope(byte[] payload, byte[] dsse) {
      return SignedEnvelope.newBuilder()
          .setPosition(
              Position.newBuilder()
                  .setEpoch(epoch)
                  .setSequence(sequence)
                  .setPayloadSha256(Digest.of(payload).hex()))
          .setDsseGzip(ByteString.copyFrom(gzip(dsse)))
          .build();
    }
  }

  public Draft draft(long sequence, BundleManifest... manifests) {
    return new Draft(sequence, manifests);
  }

  public static byte[] sign(String type, byte[] payload, KeyPair... keys) {
    List<Dsse.Signature> signatures = new ArrayList<>();
    for (KeyPair key : keys) {
      try {
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(key.getPrivate());
        signer.update(Dsse.pae(type, payload));
        signatures.add(Dsse.Signature.of(signing(key).id(), signer.sign()));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    return new Dsse(type, payload, signatures).write();
  }

  public static KeyPair newKey() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SigningKey signing(KeyPair keys) {
    byte[] spki = keys.getPublic().getEncoded();
    return SigningKey.of(Arrays.copyOfRange(spki, spki.length - SigningKey.BYTES, spki.length));
  }

  public static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
