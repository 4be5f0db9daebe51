package io.towline.hub.rollout;

import io.towline.envelope.Limits;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.vocabulary.Reason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes the bundles of one cluster fit together: one object belongs to one bundle, and all together
 * stay within what an envelope may carry. Whoever has to give way goes back to what it had, which
 * fits with what the others had; so it comes to an end.
 */
final class Settlement {
  private final SortedMap<String, Assignment> had;
  private final SortedMap<String, Assignment> now;

  private Settlement(SortedMap<String, Assignment> had, SortedMap<String, Assignment> wanted) {
    this.had = had;
    this.now = new TreeMap<>(wanted);
  }

  static SortedMap<String, Assignment> settle(
      SortedMap<String, Assignment> had, SortedMap<String, Assignment> wanted) {
    Settlement settlement = new Settlement(had, wanted);
    // Each round takes one bundle back to what it had, and none twice.
    int rounds = 0;
    while (rounds <= wanted.size() && settlement.giveWayOnce()) {
      rounds++;
    }
    return settlement.now;
  }

  private boolean giveWayOnce() {
    return giveWayToOwner() || giveWayToLimits();
  }

  private boolean giveWayToOwner() {
    Map<ObjectIdentity, String> owners = new HashMap<>();
    for (Assignment assignment : now.values()) {
      for (ManifestEntry entry : objects(assignment)) {
        ObjectIdentity object = entry.ref().identity();
        String other = owners.putIfAbsent(object, assignment.bundle());
        if (other != null && !other.equals(assignment.bundle())) {
          String loser = loser(object, other, assignment.bundle());
          String winner = loser.equals(other) ? assignment.bundle() : other;
          giveWay(
              loser,
              new Hold(
                  Reason.OBJECT_CONFLICT,
                  object + " belongs to the bundle " + winner + " on this cluster."));
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Who already has the object keeps it; of two newcomers, or two that had it, the first by name.
   */
  private String loser(ObjectIdentity object, String first, String second) {
    if (!canGiveWay(first)) {
      return second;
    }
    if (!canGiveWay(second)) {
      return first;
    }
    return owned(second, object) && !owned(first, object) ? first : second;
  }

  private boolean owned(String bundle, ObjectIdentity object) {
    Assignment before = had.get(bundle);
    return before != null
        && objects(before).stream().anyMatch(entry -> entry.ref().identity().equals(object));
  }

  private boolean giveWayToLimits() {
    long bundles = 0;
    long count = 0;
    long bytes = 0;
    for (Assignment assignment : now.values()) {
      List<ManifestEntry> objects = objects(assignment);
      bundles += assignment.content().isPresent() ? 1 : 0;
      count += objects.size();
      bytes += objects.stream().mapToLong(ManifestEntry::size).sum();
      if (bundles > Limits.BUNDLES || count > Limits.OBJECTS || bytes > Limits.TOTAL_BYTES) {
        return giveWayUpTo(assignment.bundle());
      }
    }
    return false;
  }

  /** The bundle that breaks the limit gives way, or the nearest that can. */
  private boolean giveWayUpTo(String bundle) {
    Optional<String> loser = Optional.empty();
    for (String candidate : now.keySet()) {
      if (canGiveWay(candidate) && (loser.isEmpty() || candidate.compareTo(bundle) <= 0)) {
        loser = Optional.of(candidate);
      }
    }
    loser.ifPresent(
        name ->
            giveWay(
                name,
                new Hold(
                    Reason.LIMIT_EXCEEDED,
                    "With it the cluster would have more than "
                        + Limits.BUNDLES
                        + " bundles, "
                        + Limits.OBJECTS
                        + " objects or "
                        + Limits.TOTAL_BYTES
                        + " bytes of them.")));
    return loser.isPresent();
  }

  private boolean canGiveWay(String bundle) {
    Assignment next = now.get(bundle);
    return next != null && next.content().isPresent() && !next.content().equals(last(bundle));
  }

  private void giveWay(String bundle, Hold why) {
    now.computeIfPresent(bundle, (name, assignment) -> assignment.held(last(name), why));
  }

  private Optional<Content> last(String bundle) {
    return Optional.ofNullable(had.get(bundle)).flatMap(Assignment::content);
  }

  private static List<ManifestEntry> objects(Assignment assignment) {
    return assignment.content().map(content -> content.manifest().objects()).orElse(List.of());
  }
}
