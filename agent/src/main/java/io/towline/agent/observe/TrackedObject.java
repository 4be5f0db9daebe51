package io.towline.agent.observe;

import io.towline.agent.apply.DesiredBundle;
import io.towline.agent.apply.ObjectApplier;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is remembered of one object: identifiers, a fingerprint and its health, never its body. All
 * access holds the object's own monitor.
 */
final class TrackedObject {
  /** An open divergence. */
  record OpenDrift(String id, long signature, List<Observation.Drift> told, boolean correcting) {}

  private DesiredBundle bundle;
  private ManifestEntry entry;

  /** The body that the API server has confirmed; empty while none is. */
  Optional<Digest> applied = Optional.empty();

  /** Applies on their way: what is seen meanwhile may be the old state or the new one. */
  int inTransition;

  String uid = "";

  /** Resource version of Towline's own last apply; 0 if unknown. */
  long appliedVersion;

  /** Newest resource version that was seen; 0 if none. */
  long seenVersion;

  /** Resource version that was seen while in transition and not judged; 0 if none. */
  long unjudgedVersion;

  /** Fingerprint of the owned fields when they were last equal; 0 if unknown. */
  long equalFingerprint;

  /**
   * Marks of the differences that the API server or its admission makes of what is applied; empty
   * while that is not known.
   */
  Optional<Set<Long>> tolerated = Optional.empty();

  boolean present;
  Health health = Health.inProgress("has not been seen yet");

  /** What later waves wait for. */
  Health waveHealth = health;

  Instant notCurrentSince;
  Optional<OpenDrift> drift = Optional.empty();

  /** When this object was corrected lately. */
  final Deque<Instant> corrections = new ArrayDeque<>(0);

  int contested;

  TrackedObject(DesiredBundle bundle, ManifestEntry entry, Instant now) {
    this.bundle = bundle;
    this.entry = entry;
    this.notCurrentSince = now;
  }

  DesiredBundle bundle() {
    return bundle;
  }

  ManifestEntry entry() {
    return entry;
  }

  ObjectRef ref() {
    return entry.ref();
  }

  ObjectApplier.Task task() {
    return new ObjectApplier.Task(
        entry, bundle.name(), bundle.policy(), Optional.of(uid).filter(known -> !known.isEmpty()));
  }

  /** How it is written: as its bundle says, or as it says itself. */
  ApplyPolicy applyPolicy() {
    return bundle.policy().apply().of(entry.policy());
  }

  /** Takes up what is asked for from now on. */
  void desire(DesiredBundle newBundle, ManifestEntry newEntry) {
    boolean changed =
        !newEntry.digest().equals(entry.digest()) || !newBundle.name().equals(bundle.name());
    bundle = newBundle;
    entry = newEntry;
    if (changed) {
      equalFingerprint = 0;
      tolerated = Optional.empty();
      contested = 0;
    }
  }

  /** Whether the newest desired body is what the API server has confirmed. */
  boolean settled() {
    return inTransition == 0 && applied.equals(Optional.of(entry.digest()));
  }

  void healthIs(Health now, Instant at) {
    if (health.isCurrent() && !now.isCurrent()) {
      notCurrentSince = at;
    }
    health = now;
  }

  /** Whether later waves may go on: the newest body is applied, was seen since, and is healthy. */
  boolean readyForNextWave() {
    return applied.equals(Optional.of(entry.digest()))
        && present
        && seenVersion >= appliedVersion
        && waveHealth.isCurrent();
  }
}
