package io.towline.agent.apply;

import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.Policy;
import io.towline.envelope.Suspension;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One bundle of a verified envelope, as far as applying and watching need it.
 *
 * @param manifest digest of the manifest that was verified
 * @param suspended why it is left alone for now; empty: it is not
 */
public record DesiredBundle(
    String name,
    Digest manifest,
    List<ManifestEntry> objects,
    Policy policy,
    Optional<Suspension> suspended) {
  public DesiredBundle {
    Objects.requireNonNull(name);
    Objects.requireNonNull(manifest);
    Objects.requireNonNull(policy);
    objects = List.copyOf(objects);
  }

  /** Whether that object is never written, deleted or compared, only watched. */
  public boolean leavesAlone(ManifestEntry entry) {
    return policy.apply().of(entry.policy()).conflicts() == ApplyPolicy.Conflicts.IGNORE;
  }

  /** Why what diverges is not brought back at that time; empty: it is. */
  public Optional<Suspension> uncorrectedAt(Instant now) {
    return suspended.filter(suspension -> suspension.holdsAt(now));
  }
}
