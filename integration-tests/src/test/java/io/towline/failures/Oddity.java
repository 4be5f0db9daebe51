package io.towline.failures;

import com.google.protobuf.ByteString;
import io.towline.agent.v1.Position;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.ManifestDelta;
import io.towline.testkit.Delivery;
import io.towline.testkit.Forge;
import io.towline.testkit.Gzip;
import io.towline.testkit.Offer;
import io.towline.testkit.Rendered;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Something strange that has to be accepted all the same, since all that was signed arrives.
 *
 * @param name what is strange about it
 * @param making makes the offer; the text is a value that no other offer has
 */
record Oddity(String name, BiFunction<Scene, String, Offer> making) {

  Offer make(Scene scene, String value) {
    return making.apply(scene, value);
  }

  @Override
  public String toString() {
    return name;
  }

  static List<Oddity> all() {
    return List.of(
        delivered("a body in chunks of one byte", body -> new Delivery.InChunksOf(1)),
        delivered(
            "a body whose stream is cut at its beginning, twice in the middle and before its end",
            Oddity::cutEverywhere),
        new Oddity(
            "a position that is not the envelope's",
            (scene, value) ->
                honest(scene, value)
                    .claiming(
                        Position.newBuilder()
                            .setEpoch(7)
                            .setSequence(1)
                            .setPayloadSha256(
                                Digest.of(value.getBytes(StandardCharsets.UTF_8)).hex())
                            .build())),
        new Oddity(
            "an envelope with members that nobody knows",
            (scene, value) -> {
              Offer good = honest(scene, value);
              return good.sending(
                  new String(good.dsse(), StandardCharsets.UTF_8)
                      .replaceFirst("\\{", "{\"comment\":\"harmless\",")
                      .getBytes(StandardCharsets.UTF_8));
            }),
        new Oddity(
            "signatures of strangers beside the hub's",
            (scene, value) -> {
              Forge forge = scene.forge();
              return forge.offer(
                  scene.next(Scene.honest(value)), forge.strangersKey(), forge.hubKey());
            }),
        new Oddity(
            "a signature without a key id",
            (scene, value) -> {
              Offer good = honest(scene, value);
              Dsse dsse = Dsse.parse(good.dsse());
              Dsse.Signature nameless =
                  new Dsse.Signature("", dsse.signatures().getFirst().base64());
              return good.sending(
                  new Dsse(dsse.payloadType(), dsse.payload(), List.of(nameless)).write());
            }),
        delta("a manifest as a delta", ManifestDelta::encode),
        delta(
            "a delta that leads elsewhere",
            (base, target) -> ManifestDelta.encode(base, new byte[target.length])),
        delta("a delta that is none", (base, target) -> new byte[] {1, 2, 3}));
  }

  private interface Delivering {
    Delivery of(byte[] body);
  }

  private interface Encoding {
    byte[] of(byte[] base, byte[] target);
  }

  private static Delivery cutEverywhere(byte[] body) {
    int size = Gzip.zip(body).length;
    return new Delivery.CutAt(List.of(0, size / 3, size / 2, size - 1));
  }

  private static Offer honest(Scene scene, String value) {
    return scene.forge().offer(scene.next(Scene.honest(value)));
  }

  private static Oddity delivered(String name, Delivering delivering) {
    return new Oddity(
        name,
        (scene, value) -> {
          Rendered bundle = Scene.honest(value);
          return scene
              .forge()
              .offer(scene.next(bundle))
              .delivering(
                  bundle.entry(Scene.CATALOGUE).digest(),
                  delivering.of(bundle.body(Scene.CATALOGUE)));
        });
  }

  private static Oddity delta(String name, Encoding encoding) {
    return new Oddity(
        name,
        (scene, value) -> {
          Rendered bundle = Scene.honest(value);
          byte[] base = scene.held().manifest().bytes();
          return scene
              .forge()
              .offer(scene.next(bundle))
              .delivering(
                  bundle.manifest().digest(),
                  new Delivery.Delta(
                      scene.held().manifest().digest(),
                      ByteString.copyFrom(encoding.of(base, bundle.manifest().bytes()))));
        });
  }
}
