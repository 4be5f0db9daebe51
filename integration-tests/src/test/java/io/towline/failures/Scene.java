package io.towline.failures;

import io.towline.envelope.Digest;
import io.towline.testkit.Draft;
import io.towline.testkit.Forge;
import io.towline.testkit.Offer;
import io.towline.testkit.Rendered;
import java.util.Base64;
import java.util.Random;

/**
 * Where an agent stands when it is lied to: what it holds, and what it is to be offered next. Every
 * offer has bodies of its own, so that each has to be fetched.
 *
 * @param forge of its fleet
 * @param sequence that it holds
 * @param payload that it holds
 * @param held the bundle that it holds
 */
record Scene(Forge forge, long sequence, Digest payload, Rendered held) {

  /** The one bundle. */
  static final String BUNDLE = "shop";

  /** An object of every state, and the value in it that tells the states apart. */
  static final String SETTINGS = "settings";

  /** An object of every state that is too large for one small chunk. */
  static final String CATALOGUE = "catalogue";

  /** An object that only lies bring. */
  static final String PLANTED = "planted";

  private static final int CATALOGUE_BYTES = 1_500;

  /** The bundle as it is to be: a namespace, its settings and a catalogue. */
  static Rendered honest(String value) {
    return Rendered.of(BUNDLE, namespace(), settings(value), catalogue(value));
  }

  /** The same with an object more that must never be seen in the cluster. */
  static Rendered tempting(String value) {
    return Rendered.of(
        BUNDLE, namespace(), settings(value), catalogue(value), configMap(PLANTED, "value", value));
  }

  /** What follows the held statement and is right in everything, to be made wrong. */
  Draft next(Rendered bundle) {
    return forge.draft(sequence + 1).after(sequence, payload).with(bundle);
  }

  /** A tempting offer of the next sequence, to be made wrong. */
  Offer offer(String value) {
    return forge.offer(next(tempting(value)));
  }

  static String settings(String value) {
    return configMap(SETTINGS, "value", value);
  }

  static String namespace() {
    return """
        {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"%s"}}"""
        .formatted(BUNDLE);
  }

  private static String catalogue(String value) {
    byte[] noise = new byte[CATALOGUE_BYTES];
    new Random(value.hashCode()).nextBytes(noise);
    return configMap(CATALOGUE, "entries", Base64.getEncoder().encodeToString(noise));
  }

  static String configMap(String name, String key, String value) {
    return """
        {"apiVersion":"v1","kind":"ConfigMap",\
        "metadata":{"name":"%s","namespace":"%s"},"data":{"%s":"%s"}}"""
        .formatted(name, BUNDLE, key, value);
  }
}
