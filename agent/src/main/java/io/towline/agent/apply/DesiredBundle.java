package io.towline.agent.apply;

import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.Policy;
import java.util.List;
import java.util.Objects;

/**
 * One bundle of a verified envelope, as far as applying and watching need it.
 *
 * @param manifest digest of the manifest that was verified
 */
public record DesiredBundle(
    String name, Digest manifest, List<ManifestEntry> objects, Policy policy) {
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
}
