package io.towline.failures;

import static io.towline.failures.Scene.PLANTED;
import static io.towline.failures.Scene.SETTINGS;

import com.google.protobuf.ByteString;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.envelope.Statement;
import io.towline.testkit.Delivery;
import io.towline.testkit.Draft;
import io.towline.testkit.Forge;
import io.towline.testkit.Offer;
import io.towline.testkit.Rendered;
import io.towline.testkit.SigningKeyPair;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;

/**
 * Something that a hub, or whoever stands before it, may offer an agent and that has to be refused.
 *
 * @param name what is wrong with it
 * @param reason the one that has to be given
 * @param telling makes the offer; the text is a value that no other offer has
 */
record Lie(String name, Reason reason, BiFunction<Scene, String, Offer> telling) {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int OVERSIZE = 6_000_000;

  Offer tell(Scene scene, String value) {
    return telling.apply(scene, value);
  }

  @Override
  public String toString() {
    return name;
  }

  static List<Lie> all() {
    List<Lie> all = new ArrayList<>();
    all.addAll(ofEnvelopes());
    all.addAll(ofSignatures());
    all.addAll(ofStatements());
    all.addAll(ofPlacesAndTimes());
    all.addAll(ofManifests());
    all.addAll(ofBodies());
    all.addAll(ofStreams());
    return all;
  }

  private static List<Lie> ofEnvelopes() {
    return List.of(
        new Lie(
            "bytes that are not gzip",
            Reason.ENVELOPE_MALFORMED,
            (scene, value) -> {
              Offer good = scene.offer(value);
              return Offer.of(good.dsse(), good.position(), good.bodies());
            }),
        sending(
            "an envelope cut in the middle",
            Reason.ENVELOPE_MALFORMED,
            dsse -> Arrays.copyOf(dsse, dsse.length / 2)),
        sending("an empty envelope", Reason.ENVELOPE_MALFORMED, dsse -> new byte[0]),
        sending(
            "an envelope that unpacks to more than its limit",
            Reason.ENVELOPE_MALFORMED,
            dsse -> {
              byte[] padded = Arrays.copyOf(dsse, OVERSIZE);
              Arrays.fill(padded, dsse.length, OVERSIZE, (byte) ' ');
              return padded;
            }),
        sending(
            "an envelope with two payloads",
            Reason.ENVELOPE_MALFORMED,
            dsse ->
                new String(dsse, StandardCharsets.UTF_8)
                    .replaceFirst("\\{", "{\"payload\":\"e30=\",")
                    .getBytes(StandardCharsets.UTF_8)),
        new Lie(
            "a statement under another payload type",
            Reason.PAYLOAD_TYPE_WRONG,
            (scene, value) -> {
              Draft draft = scene.next(Scene.tempting(value));
              Statement statement = draft.statement();
              return Offer.of(
                  Forge.signed("application/json", statement.bytes(), scene.forge().hubKey()),
                  statement.epoch(),
                  statement.sequence(),
                  draft.bodies());
            }),
        new Lie(
            "a root in an envelope's place",
            Reason.PAYLOAD_TYPE_WRONG,
            (scene, value) -> {
              Forge forge = scene.forge();
              RootDocument root = forge.root(2, forge.rootKey(), forge.hubKey());
              return Offer.of(
                  Forge.signed(RootDocument.PAYLOAD_TYPE, root.bytes(), forge.rootKey()),
                  1,
                  scene.sequence() + 1,
                  Map.of());
            }));
  }

  private static List<Lie> ofSignatures() {
    return List.of(
        new Lie(
            "one byte of the payload changed",
            Reason.SIGNATURE_INVALID,
            (scene, value) -> {
              Offer good = scene.offer(value);
              Dsse dsse = Dsse.parse(good.dsse());
              byte[] payload = dsse.payload();
              // A digit of a digest: the payload stays well-formed.
              int digit = new String(payload, StandardCharsets.UTF_8).indexOf("sha256\":\"") + 9;
              payload[digit] = (byte) (payload[digit] == 'a' ? 'b' : 'a');
              return good.sending(new Dsse(dsse.payloadType(), payload, dsse.signatures()).write());
            }),
        resigned(
            "one byte of the signature changed",
            (forge, dsse) -> {
              byte[] signature = dsse.signatures().getFirst().bytes().orElseThrow();
              signature[SigningKey.SIGNATURE_BYTES / 2] ^= 1;
              return List.of(Dsse.Signature.of(forge.hubKey().key().id(), signature));
            }),
        resigned(
            "a signature that is too short",
            (forge, dsse) ->
                List.of(
                    Dsse.Signature.of(
                        forge.hubKey().key().id(),
                        Arrays.copyOf(dsse.signatures().getFirst().bytes().orElseThrow(), 63)))),
        resigned(
            "a signature over the payload without its type",
            (forge, dsse) ->
                List.of(
                    Dsse.Signature.of(
                        forge.hubKey().key().id(), forge.hubKey().signRaw(dsse.payload())))),
        resigned("no signature", (forge, dsse) -> List.of()),
        signedBy("the signature of a stranger", Forge::strangersKey),
        signedBy("the signature of the key that signs roots", Forge::rootKey),
        resigned(
            "a stranger's signature under the hub's key id",
            (forge, dsse) ->
                List.of(
                    Dsse.Signature.of(
                        forge.hubKey().key().id(), forge.strangersKey().signRaw(dsse.pae())))));
  }

  private static List<Lie> ofStatements() {
    return List.of(
        new Lie(
            "a signed payload that is no statement",
            Reason.STATEMENT_MALFORMED,
            (scene, value) ->
                Offer.of(
                    Forge.signed(
                        Statement.PAYLOAD_TYPE,
                        ("{\"" + value + "\":1}").getBytes(StandardCharsets.UTF_8),
                        scene.forge().hubKey()),
                    1,
                    scene.sequence() + 1,
                    Map.of())),
        drafted(
            "a statement of a later version of the format",
            Reason.SPEC_VERSION_UNSUPPORTED,
            (scene, draft) -> draft.ofSpecVersion("2.0")),
        drafted(
            "a critical extension that nobody knows",
            Reason.CRITICAL_UNSUPPORTED,
            (scene, draft) -> draft.withCritical("quorum")),
        drafted(
            "an envelope of another fleet",
            Reason.WRONG_FLEET,
            (scene, draft) -> draft.forFleet(UUID.randomUUID())),
        drafted(
            "an envelope of another cluster",
            Reason.WRONG_CLUSTER,
            (scene, draft) -> draft.forCluster(UUID.randomUUID())));
  }

  private static List<Lie> ofPlacesAndTimes() {
    return List.of(
        drafted(
            "a root version that nobody has",
            Reason.ROOT_VERSION_MISMATCH,
            (scene, draft) -> draft.underRoot(2)),
        drafted(
            "an epoch that no root has", Reason.EPOCH_MISMATCH, (scene, draft) -> draft.ofEpoch(2)),
        new Lie(
            "an older sequence",
            Reason.SEQUENCE_ROLLBACK,
            (scene, value) ->
                scene
                    .forge()
                    .offer(scene.forge().draft(scene.sequence() - 1).with(Scene.tempting(value)))),
        new Lie(
            "the same sequence with another content",
            Reason.EQUIVOCATION,
            (scene, value) ->
                scene
                    .forge()
                    .offer(scene.forge().draft(scene.sequence()).with(Scene.tempting(value)))),
        drafted(
            "a statement that follows another one than the held one",
            Reason.CHAIN_BROKEN,
            (scene, draft) -> draft.after(scene.sequence(), Digest.of(new byte[] {1}))),
        drafted(
            "an expired envelope",
            Reason.ENVELOPE_EXPIRED,
            (scene, draft) -> {
              Instant now = scene.forge().now();
              return draft.valid(now.minus(Duration.ofHours(2)), now.minus(MINUTE));
            }),
        drafted(
            "an envelope issued in an hour",
            Reason.ENVELOPE_NOT_YET_VALID,
            (scene, draft) -> {
              Instant hence = scene.forge().now().plus(Duration.ofHours(1));
              return draft.valid(hence, hence.plus(Duration.ofHours(1)));
            }),
        drafted(
            "an envelope that lives longer than the root allows",
            Reason.LIFETIME_TOO_LONG,
            (scene, draft) -> {
              Instant now = scene.forge().now();
              return draft.valid(
                  now.minus(MINUTE), now.plus(Duration.ofDays(Forge.MAX_LIFETIME_DAYS)));
            }));
  }

  private static List<Lie> ofManifests() {
    return List.of(
        drafted(
            "an index of something else",
            Reason.INDEX_MISMATCH,
            (scene, draft) -> draft.withIndex(Digest.of(new byte[] {2}))),
        rendered(
            "a manifest that names an object twice",
            Reason.OBJECT_DUPLICATE,
            bundle -> with(bundle, bundle.entry(SETTINGS))),
        rendered(
            "a manifest that names an object under two versions of its group",
            Reason.OBJECT_DUPLICATE,
            bundle -> {
              ObjectRef ref = new ObjectRef("v2", "ConfigMap", Scene.BUNDLE, SETTINGS);
              byte[] body =
                  new String(bundle.body(SETTINGS), StandardCharsets.UTF_8)
                      .replace("\"v1\"", "\"v2\"")
                      .getBytes(StandardCharsets.UTF_8);
              Map<Digest, byte[]> bodies = new HashMap<>(bundle.bodies());
              bodies.put(Digest.of(body), body);
              List<ManifestEntry> entries = new ArrayList<>(bundle.manifest().objects());
              entries.add(Rendered.entry(ref, body));
              return Rendered.of(Scene.BUNDLE, entries, bodies);
            }),
        new Lie(
            "an object in two bundles",
            Reason.OBJECT_DUPLICATE,
            (scene, value) -> {
              Rendered bundle = Scene.tempting(value);
              Rendered other =
                  Rendered.of("other", List.of(bundle.entry(SETTINGS)), bundle.bodies());
              return scene.forge().offer(scene.next(bundle).with(other));
            }),
        rendered(
            "a manifest that swaps the names of two objects",
            Reason.OBJECT_IDENTITY_MISMATCH,
            bundle -> {
              ManifestEntry one = bundle.entry(SETTINGS);
              ManifestEntry other = bundle.entry(PLANTED);
              List<ManifestEntry> entries = without(without(bundle, one), other);
              entries.add(Rendered.entry(one.ref(), bundle.body(PLANTED)));
              entries.add(Rendered.entry(other.ref(), bundle.body(SETTINGS)));
              return Rendered.of(Scene.BUNDLE, entries, bundle.bodies());
            }),
        rendered(
            "a manifest with a size that is not the object's",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle -> {
              ManifestEntry right = bundle.entry(SETTINGS);
              List<ManifestEntry> entries = without(bundle, right);
              entries.add(
                  new ManifestEntry(right.ref(), right.digest(), right.size() + 1, 0, false));
              return Rendered.of(Scene.BUNDLE, entries, bundle.bodies());
            }),
        rendered(
            "an object that is said to be sealed and is not",
            Reason.OBJECT_IDENTITY_MISMATCH,
            bundle -> {
              ManifestEntry open = bundle.entry(SETTINGS);
              List<ManifestEntry> entries = without(bundle, open);
              entries.add(new ManifestEntry(open.ref(), open.digest(), open.size(), 0, true));
              return Rendered.of(Scene.BUNDLE, entries, bundle.bodies());
            }));
  }

  private static List<Lie> ofBodies() {
    return List.of(
        delivered(
            "an object with one bit flipped",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle -> {
              byte[] body = bundle.body(SETTINGS);
              body[body.length / 2] ^= 1;
              return new Delivery.Instead(ByteString.copyFrom(body));
            }),
        delivered(
            "an object cut short",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle -> {
              byte[] body = bundle.body(SETTINGS);
              return new Delivery.Instead(ByteString.copyFrom(body, 0, body.length - 1));
            }),
        delivered(
            "an object with a byte more",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle ->
                new Delivery.Instead(
                    ByteString.copyFrom(bundle.body(SETTINGS))
                        .concat(ByteString.copyFromUtf8(" ")))),
        delivered(
            "another object in its place",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle -> new Delivery.Instead(ByteString.copyFrom(bundle.body(PLANTED)))),
        delivered(
            "an object that unpacks to a thousand times its size",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle -> new Delivery.Instead(ByteString.copyFrom(new byte[OVERSIZE / 20]))),
        delivered(
            "an object that is not gzip",
            Reason.OBJECT_DIGEST_MISMATCH,
            bundle -> new Delivery.Encoded(ByteString.copyFrom(bundle.body(SETTINGS)))),
        delivered(
            "an object that is not delivered",
            Reason.OBJECT_MISSING,
            bundle -> new Delivery.Withheld()),
        new Lie(
            "a manifest with one bit flipped",
            Reason.OBJECT_DIGEST_MISMATCH,
            (scene, value) -> {
              Rendered bundle = Scene.tempting(value);
              byte[] manifest = bundle.manifest().bytes();
              manifest[manifest.length / 2] ^= 1;
              return scene
                  .forge()
                  .offer(scene.next(bundle))
                  .delivering(
                      bundle.manifest().digest(),
                      new Delivery.Instead(ByteString.copyFrom(manifest)));
            }),
        new Lie(
            "a manifest that is not delivered",
            Reason.OBJECT_MISSING,
            (scene, value) -> {
              Rendered bundle = Scene.tempting(value);
              return scene
                  .forge()
                  .offer(scene.next(bundle))
                  .delivering(bundle.manifest().digest(), new Delivery.Withheld());
            }));
  }

  /** The call itself breaks the API: what was asked for has not been delivered. */
  private static List<Lie> ofStreams() {
    return List.of(
        delivered("a body without an end", Reason.OBJECT_MISSING, bundle -> new Delivery.Endless()),
        delivered(
            "a body that declares a size without measure",
            Reason.OBJECT_MISSING,
            bundle -> new Delivery.Boundless()),
        delivered(
            "chunks out of order", Reason.OBJECT_MISSING, bundle -> new Delivery.LastChunkFirst()),
        delivered(
            "a chunk of a body that nobody asked for",
            Reason.OBJECT_MISSING,
            bundle -> new Delivery.Unasked()));
  }

  private interface Bytes {
    byte[] of(byte[] dsse);
  }

  private interface Signatures {
    List<Dsse.Signature> of(Forge forge, Dsse dsse);
  }

  private interface Key {
    SigningKeyPair of(Forge forge);
  }

  private interface Remade {
    Rendered of(Rendered bundle);
  }

  private interface Delivering {
    Delivery of(Rendered bundle);
  }

  private static Lie sending(String name, Reason reason, Bytes bytes) {
    return new Lie(
        name,
        reason,
        (scene, value) -> {
          Offer good = scene.offer(value);
          return good.sending(bytes.of(good.dsse()));
        });
  }

  private static Lie resigned(String name, Signatures signatures) {
    return new Lie(
        name,
        Reason.SIGNATURE_INVALID,
        (scene, value) -> {
          Offer good = scene.offer(value);
          Dsse dsse = Dsse.parse(good.dsse());
          return good.sending(
              new Dsse(dsse.payloadType(), dsse.payload(), signatures.of(scene.forge(), dsse))
                  .write());
        });
  }

  private static Lie signedBy(String name, Key key) {
    return new Lie(
        name,
        Reason.SIGNATURE_INVALID,
        (scene, value) ->
            scene.forge().offer(scene.next(Scene.tempting(value)), key.of(scene.forge())));
  }

  private static Lie drafted(String name, Reason reason, BiFunction<Scene, Draft, Draft> change) {
    return new Lie(
        name,
        reason,
        (scene, value) ->
            scene.forge().offer(change.apply(scene, scene.next(Scene.tempting(value)))));
  }

  private static Lie rendered(String name, Reason reason, Remade remade) {
    return new Lie(
        name,
        reason,
        (scene, value) -> scene.forge().offer(scene.next(remade.of(Scene.tempting(value)))));
  }

  private static Lie delivered(String name, Reason reason, Delivering delivering) {
    return new Lie(
        name,
        reason,
        (scene, value) -> {
          Rendered bundle = Scene.tempting(value);
          return scene
              .forge()
              .offer(scene.next(bundle))
              .delivering(bundle.entry(SETTINGS).digest(), delivering.of(bundle));
        });
  }

  private static Rendered with(Rendered bundle, ManifestEntry more) {
    List<ManifestEntry> entries = new ArrayList<>(bundle.manifest().objects());
    entries.add(more);
    return Rendered.of(Scene.BUNDLE, entries, bundle.bodies());
  }

  private static List<ManifestEntry> without(Rendered bundle, ManifestEntry entry) {
    return without(bundle.manifest().objects(), entry);
  }

  private static List<ManifestEntry> without(List<ManifestEntry> entries, ManifestEntry entry) {
    List<ManifestEntry> rest = new ArrayList<>(entries);
    rest.remove(entry);
    return rest;
  }
}
