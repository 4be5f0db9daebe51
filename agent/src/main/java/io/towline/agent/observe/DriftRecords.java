package io.towline.agent.observe;

import io.towline.agent.apply.ObjectBody;
import io.towline.envelope.ManifestEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Turns what was found of an object into what is told of it. Pure. */
final class DriftRecords {
  /**
   * What differs, and how it was seen.
   *
   * @param differences none if the object is gone
   * @param changes the same by who made them
   * @param signature to recognise the same differences together
   * @param version resource version of the live object; 0 if it is gone
   */
  record Finding(
      List<DriftJudge.Difference> differences,
      List<OwnedFields.Owner> owners,
      List<Attribution.Change> changes,
      long signature,
      long version,
      boolean deleted) {
    /** An object that is not as it was applied. */
    static Finding of(
        ManifestEntry entry,
        List<DriftJudge.Difference> differences,
        List<OwnedFields.Owner> owners,
        long version) {
      return new Finding(
          differences,
          owners,
          Attribution.of(entry, differences, owners),
          DriftJudge.signature(differences),
          version,
          false);
    }

    /** An object that is not there. */
    static Finding gone() {
      Attribution.Change change =
          new Attribution.Change("", Observation.Operation.DELETE, Optional.empty(), List.of());
      return new Finding(List.of(), List.of(), List.of(change), -1, 0, true);
    }

    /** What of it nobody is to be blamed for is left out. */
    Finding without(ManifestEntry entry, Set<Long> tolerated) {
      return deleted || tolerated.isEmpty()
          ? this
          : of(entry, DriftJudge.without(differences, tolerated), owners, version);
    }
  }

  private DriftRecords() {}

  /**
   * One record for each writer.
   *
   * @param openId the id of the divergence if it is known already
   */
  static List<Observation.Drift> of(
      TrackedObject tracked, Finding finding, Optional<String> openId, Instant now) {
    String id = openId.orElseGet(() -> id(tracked, finding));
    List<Observation.Drift> drifts = new ArrayList<>();
    for (int i = 0; i < finding.changes().size(); i++) {
      Attribution.Change change = finding.changes().get(i);
      drifts.add(
          new Observation.Drift(
              i == 0 ? id : id + "-" + i,
              tracked.bundle().name(),
              tracked.ref(),
              change.operation(),
              change.manager(),
              change.fields(),
              change.changed().orElse(now),
              now,
              Observation.Action.REPORTED,
              ""));
    }
    return drifts;
  }

  /** The same divergence with what was done about it. */
  static Observation.Drift as(Observation.Drift drift, Observation.Action action, String message) {
    return new Observation.Drift(
        drift.id(),
        drift.bundle(),
        drift.object(),
        drift.operation(),
        drift.manager(),
        drift.fields(),
        drift.changed(),
        drift.observed(),
        action,
        message);
  }

  /** The same for the same divergence, after a restart too. */
  static String id(TrackedObject tracked, Finding finding) {
    long hash = OwnedFields.mix(OwnedFields.start(), tracked.bundle().name());
    hash = OwnedFields.mix(hash, tracked.ref().toString());
    hash = OwnedFields.mix(hash, tracked.uid);
    if (!ObjectBody.isSecret(tracked.entry())) {
      // A signature counts values, and an id is told to the hub: of a secret it would let guess.
      hash = OwnedFields.mix(hash, Long.toString(finding.signature()));
    }
    hash = OwnedFields.mix(hash, Long.toString(finding.version()));
    return String.format(Locale.ROOT, "%016x", hash);
  }
}
