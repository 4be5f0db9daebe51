package io.towline.testkit;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.JoinToken;
import io.towline.envelope.KeyRole;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.envelope.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Keys, root and cluster of a fleet of one, and the means to sign anything in its name or in that
 * of a stranger. What it signs is made by the same code that a hub signs with, so that a lie is
 * wrong in the one thing that is meant to be wrong. Immutable.
 */
public final class Forge {

  /** Life that the root allows an envelope. */
  public static final int MAX_LIFETIME_DAYS = 7;

  private static final Duration ROOT_LIFE = Duration.ofDays(180);
  private static final Duration TOKEN_LIFE = Duration.ofHours(1);
  private static final long EPOCH = 1;

  private final UUID fleet = UUID.randomUUID();
  private final UUID cluster = UUID.randomUUID();
  private final SigningKeyPair rootKey = SigningKeyPair.generate();
  private final SigningKeyPair hubKey = SigningKeyPair.generate();
  private final SigningKeyPair strangersKey = SigningKeyPair.generate();
  private final String clusterName;
  private final InstantSource clock;
  private final RootDocument root;

  /** A new fleet of one cluster. */
  public Forge(String clusterName, InstantSource clock) {
    this.clusterName = clusterName;
    this.clock = clock;
    this.root = root(1, rootKey, hubKey);
  }

  /** The fleet's id. */
  public UUID fleet() {
    return fleet;
  }

  /** The cluster's id. */
  public UUID cluster() {
    return cluster;
  }

  /** The key that may sign roots and nothing else. */
  public SigningKeyPair rootKey() {
    return rootKey;
  }

  /** The key that may sign envelopes. */
  public SigningKeyPair hubKey() {
    return hubKey;
  }

  /** A key that may sign nothing. */
  public SigningKeyPair strangersKey() {
    return strangersKey;
  }

  /** The time that drafts begin with, in whole seconds. */
  public Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /** The root that the join token pins, version 1. */
  public RootDocument root() {
    return root;
  }

  /** A root of this fleet of another version, or of other keys. */
  public RootDocument root(long version, SigningKeyPair forRoots, SigningKeyPair forEnvelopes) {
    Map<String, SigningKey> keys = new HashMap<>();
    keys.put(forRoots.key().id(), forRoots.key());
    keys.put(forEnvelopes.key().id(), forEnvelopes.key());
    Instant issued = now().minus(Duration.ofHours(1));
    return new RootDocument(
        fleet,
        version,
        EPOCH,
        issued,
        issued.plus(ROOT_LIFE),
        keys,
        new KeyRole(List.of(forRoots.key().id()), 1),
        List.of(
            new EnvelopeRole(
                "all",
                List.of(EnvelopeRole.ALL_OTHERS),
                new KeyRole(List.of(forEnvelopes.key().id()), 1),
                MAX_LIFETIME_DAYS)));
  }

  /** A root as it travels, signed by these keys. */
  public static byte[] signed(RootDocument root, SigningKeyPair... keys) {
    return signed(RootDocument.PAYLOAD_TYPE, root.bytes(), keys).write();
  }

  /** Any payload in an envelope, signed by these keys. */
  public static Dsse signed(String payloadType, byte[] payload, SigningKeyPair... keys) {
    return new Dsse(
        payloadType,
        payload,
        Arrays.stream(keys).map(key -> key.sign(payloadType, payload)).toList());
  }

  /** A statement for this cluster, issued a minute ago and valid for a day, without bundles yet. */
  public Draft draft(long sequence) {
    return new Draft(
        fleet,
        cluster,
        clusterName,
        EPOCH,
        sequence,
        root.version(),
        now().minus(Duration.ofMinutes(1)));
  }

  /** A draft as a hub offers it: signed by the hub's key, with all its bodies. */
  public Offer offer(Draft draft) {
    return offer(draft, hubKey);
  }

  /** A draft signed by these keys instead, with all its bodies. */
  public Offer offer(Draft draft, SigningKeyPair... keys) {
    Statement statement = draft.statement();
    Dsse dsse = signed(Statement.PAYLOAD_TYPE, statement.bytes(), keys);
    return Offer.of(dsse, statement.epoch(), statement.sequence(), draft.bodies());
  }

  /** What an agent of this cluster joins a hub with. */
  JoinToken joinToken(String hub, Digest authority, String secret) {
    return new JoinToken(
        hub,
        List.of(authority),
        fleet,
        cluster,
        clusterName,
        Digest.of(root.bytes()),
        Instant.now().plus(TOKEN_LIFE),
        secret);
  }
}
