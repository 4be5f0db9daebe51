package io.towline.agent.apply;

import io.towline.envelope.Deletion;
import io.towline.envelope.ObjectIdentity;
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

  DesiredState(long sequence, List<DesiredBundle> bundles, List<Deletion> deletions) {
    this.sequence = sequence;
    this.bundles = List.copyOf(bundles);
    this.deletions = List.copyOf(deletions);
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

  /** Every object that the envelope contains, whatever its bundle. */
  Set<ObjectIdentity> identities() {
    Set<ObjectIdentity> all = new HashSet<>();
    for (DesiredBundle bundle : bundles) {
      bundle.objects().forEach(entry -> all.add(entry.ref().identity()));
    }
    return all;
  }
}
