package io.towline.hub.sign;

import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.KeyRole;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * One root document made of another. Pure: what comes out is a document that agents can read, or an
 * IllegalArgumentException says why there is none. Nothing here signs.
 */
public final class RootEdits {
  private static final String ROOT = "root";
  private static final String ENVELOPE = "envelope";

  private RootEdits() {}

  /**
   * Version 1 of a fleet.
   *
   * @param root who signs roots
   * @param envelope who signs the envelopes of all clusters
   * @param maxLifetimeDays of an envelope
   */
  public static RootDocument first(
      UUID fleet,
      Instant now,
      Duration life,
      List<SigningKey> root,
      int rootThreshold,
      List<SigningKey> envelope,
      int maxLifetimeDays) {
    Map<String, SigningKey> keys = new HashMap<>();
    root.forEach(key -> keys.put(key.id(), key));
    envelope.forEach(key -> keys.put(key.id(), key));
    return new RootDocument(
        fleet,
        1,
        1,
        now,
        now.plus(life),
        keys,
        new KeyRole(ids(root), rootThreshold),
        List.of(
            new EnvelopeRole(
                "all",
                List.of(EnvelopeRole.ALL_OTHERS),
                new KeyRole(ids(envelope), 1),
                maxLifetimeDays)));
  }

  /** The version after that one, alike in everything but its times and, if asked, its epoch. */
  public static RootDocument next(
      RootDocument from, Instant now, Duration life, boolean nextEpoch) {
    return new RootDocument(
        from.fleet(),
        from.version() + 1,
        nextEpoch ? from.epoch() + 1 : from.epoch(),
        now,
        now.plus(life),
        from.keys(),
        from.root(),
        from.envelope());
  }

  /**
   * With one more key in a role.
   *
   * @param role {@code root}, {@code envelope} for all of them, or {@code envelope/NAME}
   */
  public static RootDocument withKey(RootDocument from, String role, SigningKey key) {
    Map<String, SigningKey> keys = new HashMap<>(from.keys());
    keys.put(key.id(), key);
    return inRole(
        from,
        role,
        keys,
        had -> {
          if (had.keyIds().contains(key.id())) {
            throw new IllegalArgumentException("the role " + role + " has that key already");
          }
          List<String> ids = new ArrayList<>(had.keyIds());
          ids.add(key.id());
          return new KeyRole(ids, had.threshold());
        });
  }

  /**
   * Without a key in a role.
   *
   * @param keyId its id, or the beginning of it if that is enough
   */
  public static RootDocument withoutKey(RootDocument from, String role, String keyId) {
    Set<String> meant = new HashSet<>();
    RootDocument without =
        inRole(
            from,
            role,
            from.keys(),
            had -> {
              List<String> ids = new ArrayList<>(had.keyIds());
              had.keyIds().stream().filter(id -> id.startsWith(keyId)).forEach(meant::add);
              ids.removeAll(meant);
              if (ids.size() < had.threshold()) {
                throw new IllegalArgumentException(
                    "the role would have "
                        + ids.size()
                        + " keys for a threshold of "
                        + had.threshold()
                        + ": add a key or lower the threshold first");
              }
              return new KeyRole(ids, had.threshold());
            });
    if (meant.size() != 1) {
      throw new IllegalArgumentException(
          keyId + " names " + meant.size() + " keys of the role " + role + ", not one");
    }
    return without;
  }

  /** With another threshold of a role. */
  public static RootDocument withThreshold(RootDocument from, String role, int threshold) {
    return inRole(from, role, from.keys(), had -> new KeyRole(had.keyIds(), threshold));
  }

  /** With an envelope role, in place of the one of its name if there is one. */
  public static RootDocument withScope(
      RootDocument from, EnvelopeRole scope, List<SigningKey> newKeys) {
    Map<String, SigningKey> keys = new HashMap<>(from.keys());
    newKeys.forEach(key -> keys.put(key.id(), key));
    List<EnvelopeRole> roles = new ArrayList<>(from.envelope());
    roles.removeIf(role -> role.name().equals(scope.name()));
    // Before the one for all others, so that the document reads from the special to the general.
    boolean general = scope.clusters().contains(EnvelopeRole.ALL_OTHERS);
    roles.add(general ? roles.size() : 0, scope);
    return rebuilt(from, keys, from.root(), roles);
  }

  /** Without an envelope role. */
  public static RootDocument withoutScope(RootDocument from, String name) {
    List<EnvelopeRole> roles = new ArrayList<>(from.envelope());
    if (!roles.removeIf(role -> role.name().equals(name))) {
      throw new IllegalArgumentException("there is no envelope role " + name);
    }
    return rebuilt(from, from.keys(), from.root(), roles);
  }

  private static RootDocument inRole(
      RootDocument from, String role, Map<String, SigningKey> keys, UnaryOperator<KeyRole> change) {
    if (role.equals(ROOT)) {
      return rebuilt(from, keys, change.apply(from.root()), from.envelope());
    }
    List<EnvelopeRole> roles = new ArrayList<>();
    boolean found = false;
    for (EnvelopeRole one : from.envelope()) {
      boolean meant = role.equals(ENVELOPE) || role.equals(ENVELOPE + "/" + one.name());
      found |= meant;
      roles.add(
          meant
              ? new EnvelopeRole(
                  one.name(), one.clusters(), change.apply(one.keys()), one.maxLifetimeDays())
              : one);
    }
    if (!found) {
      throw new IllegalArgumentException(
          "there is no role " + role + ": it is root, envelope, or envelope/NAME");
    }
    return rebuilt(from, keys, from.root(), roles);
  }

  /** Keys that no role names any more are left out: a root trusts nothing that it does not use. */
  private static RootDocument rebuilt(
      RootDocument from, Map<String, SigningKey> keys, KeyRole root, List<EnvelopeRole> roles) {
    Set<String> used = new HashSet<>(root.keyIds());
    roles.forEach(role -> used.addAll(role.keys().keyIds()));
    Map<String, SigningKey> kept = new HashMap<>(keys);
    kept.keySet().retainAll(used);
    return new RootDocument(
        from.fleet(),
        from.version(),
        from.epoch(),
        from.issuedAt(),
        from.expiresAt(),
        kept,
        root,
        roles);
  }

  private static List<String> ids(List<SigningKey> keys) {
    return keys.stream().map(SigningKey::id).toList();
  }
}
