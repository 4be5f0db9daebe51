package io.towline.hub.rollout;

import io.towline.envelope.Deletion;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Finds what a cluster has to delete: what its last envelope gave it and the next one does not. An
 * object that moved to another bundle is handed over, not deleted. A bundle that does not prune
 * leaves its objects where they are.
 */
final class DeletionPlan {
  private DeletionPlan() {}

  /** What is deleted, and of which bundle. */
  private record Key(String bundle, ObjectIdentity object) {
    static Key of(Deletion deletion) {
      return new Key(deletion.bundle(), deletion.ref().identity());
    }
  }

  static ClusterPlan complete(
      SortedMap<String, Assignment> had,
      SortedMap<String, Assignment> now,
      List<Deletion> pending,
      long sequence) {
    Set<ObjectIdentity> wanted = new HashSet<>();
    now.values().forEach(assignment -> wanted.addAll(identities(assignment)));

    List<Deletion> unlisted = new ArrayList<>();
    List<Deletion> deletions = new ArrayList<>();
    Set<Key> known = new HashSet<>();
    for (Deletion deletion : pending) {
      if (wanted.contains(deletion.ref().identity())) {
        unlisted.add(deletion);
      } else {
        deletions.add(deletion);
        known.add(Key.of(deletion));
      }
    }
    List<Deletion> listed = new ArrayList<>();
    for (Assignment before : had.values()) {
      if (before.content().isEmpty() || !prunes(before, now)) {
        continue;
      }
      for (ManifestEntry entry : before.content().get().manifest().objects()) {
        Deletion deletion = new Deletion(before.bundle(), entry.ref(), sequence);
        if (!wanted.contains(entry.ref().identity()) && known.add(Key.of(deletion))) {
          listed.add(deletion);
        }
      }
    }
    deletions.addAll(listed);
    return new ClusterPlan(List.copyOf(now.values()), deletions, listed, unlisted);
  }

  /** As the bundle says now; of one that left, as it said last. */
  private static boolean prunes(Assignment before, SortedMap<String, Assignment> now) {
    return Optional.ofNullable(now.get(before.bundle()))
        .flatMap(Assignment::content)
        .or(before::content)
        .map(content -> content.manifest().policy().prune().enabled())
        .orElse(false);
  }

  private static Set<ObjectIdentity> identities(Assignment assignment) {
    Set<ObjectIdentity> identities = new HashSet<>();
    assignment
        .content()
        .ifPresent(
            content ->
                content
                    .manifest()
                    .objects()
                    .forEach(entry -> identities.add(entry.ref().identity())));
    return identities;
  }
}
