package io.towline.agent.apply;

import io.towline.envelope.Deletion;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.Suspension;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a verified envelope wants of the cluster. Only this package makes one, and outside of tests
 * only out of a verified envelope.
 */
public final class DesiredState {
  private final long sequence;
  private final List<DesiredBundle> bundles;
  private final List<Deletion> deletions;
  private final Set<ObjectIdentity> ofBlocked;
  private final List<Suspension> suspended;

  DesiredState(
      long sequence,
      List<DesiredBundle> bundles,
      List<Deletion> deletions,
      Set<ObjectIdentity> ofBlocked,
      List<Suspension> suspended) {
    this.sequence = sequence;
    this.bundles = List.copyOf(bundles);
    this.deletions = List.copyOf(deletions);
    this.ofBlocked = Set.copyOf(ofBlocked);
    this.suspended = List.copyOf(suspended);
  }

  /**
   * What a verified envelope wants.
   *
   * @param blocked bundles that the cluster owner's guard rails keep out: nothing of them is
   *     applied or deleted, and whoever blocked them says so
   */
  public static DesiredState of(VerifiedEnvelope envelope, Set<String> blocked) {
    List<Suspension> suspended = envelope.statement().suspended();
    List<DesiredBundle> bundles = new ArrayList<>();
    Set<ObjectIdentity> ofBlocked = new HashSet<>();
    for (VerifiedBundle bundle : envelope.bundles()) {
      List<ManifestEntry> objects = bundle.manifest().objects();
      if (blocked.contains(bundle.name())) {
        objects.forEach(entry -> ofBlocked.add(entry.ref().identity()));
      } else {
        bundles.add(
            new DesiredBundle(
                bundle.name(),
                bundle.entry().manifest(),
                objects,
                bundle.manifest().policy(),
                suspended.stream().filter(one -> one.bundle().equals(bundle.name())).findFirst()));
      }
    }
    List<Deletion> deletions =
        envelope.statement().deletions().stream()
            .filter(deletion -> !blocked.contains(deletion.bundle()))
            .toList();
    return new DesiredState(
        envelope.statement().sequence(), bundles, deletions, ofBlocked, suspended);
  }

  public long sequence() {
    return sequence;
  }

  public List<DesiredBundle> bundles() {
    return bundles;
  }

  public List<Deletion> deletions() {
    return deletions;
  }

  /** What is left alone at that time, also where only deletions are left of a bundle. */
  List<Suspension> suspendedAt(Instant now) {
    return suspended.stream().filter(suspension -> suspension.holdsAt(now)).toList();
  }

  /** Every object that the envelope contains, whatever its bundle, blocked ones too. */
  Set<ObjectIdentity> identities() {
    Set<ObjectIdentity> all = new HashSet<>(ofBlocked);
    for (DesiredBundle bundle : bundles) {
      bundle.objects().forEach(entry -> all.add(entry.ref().identity()));
    }
    return all;
  }
}
